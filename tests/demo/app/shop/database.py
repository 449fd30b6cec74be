"""SQLite, and the numbered migrations that shape it."""

import contextlib
import pathlib
import sqlite3

MIGRATIONS = pathlib.Path(__file__).parent.parent / "migrations"
PATH = pathlib.Path("/srv/shop/media/shop.db")


@contextlib.contextmanager
def connect():
    connection = sqlite3.connect(PATH, timeout=5)
    connection.row_factory = sqlite3.Row
    try:
        with connection:
            yield connection
    finally:
        connection.close()


def ping():
    with connect() as connection:
        connection.execute("select 1").fetchone()


def migrate():
    """Applies what is not applied yet, in order, each in its own transaction."""
    with connect() as connection:
        connection.execute("create table if not exists migration (name text primary key)")
        done = {row["name"] for row in connection.execute("select name from migration")}
    for script in sorted(MIGRATIONS.glob("*.sql")):
        if script.name in done:
            continue
        with connect() as connection:
            connection.executescript(script.read_text("utf-8"))
            connection.execute("insert into migration values (?)", (script.name,))
    return 0
