"""Money. Whole cents, never floats: 0.1 + 0.2 is not a price."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True, order=True)
class Money:
    cents: int
    currency: str = "EUR"

    @classmethod
    def parse(cls, text, currency="EUR"):
        """`"12.50"` as 1250 cents."""
        amount = Decimal(text).quantize(Decimal("0.01"), ROUND_HALF_UP)
        return cls(int(amount * 100), currency)

    def __add__(self, other):
        if self.currency != other.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.cents + other.cents, self.currency)

    def __mul__(self, count):
        return Money(self.cents * count, self.currency)

    def with_vat(self, rate):
        """The price with value added tax, rounded half up to the cent."""
        gross = Decimal(self.cents) * (1 + Decimal(rate))
        return Money(int(gross.to_integral_value(ROUND_HALF_UP)), self.currency)

    def __str__(self):
        euros, cents = divmod(self.cents, 100)
        return f"{euros}.{cents:02d} {self.currency}"
