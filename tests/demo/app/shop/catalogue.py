"""The products. There are only teapots."""

from dataclasses import dataclass

from . import database
from .prices import Money


@dataclass(frozen=True)
class Product:
    number: int
    name: str
    price: Money
    litres: float


def _product(row):
    return Product(row["number"], row["name"], Money(row["cents"]), row["millilitres"] / 1000)


def all():
    with database.connect() as connection:
        return [_product(row) for row in connection.execute("select * from product order by name")]


def get(number):
    with database.connect() as connection:
        row = connection.execute("select * from product where number = ?", (number,)).fetchone()
    return _product(row) if row else None
