"""What is left on the shelves."""

from . import database

LOW = 5


def report(out):
    with database.connect() as connection:
        rows = connection.execute("select name, count from product order by count, name")
        for row in rows:
            warning = "  <- order more" if row["count"] < LOW else ""
            print(f"{row['count']:>5}  {row['name']}{warning}", file=out)
    return 0
