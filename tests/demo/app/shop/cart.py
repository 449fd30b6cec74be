"""What a customer is about to buy."""

from collections import Counter

from .prices import Money

FREE_SHIPPING_FROM = Money.parse("75.00")
SHIPPING = Money.parse("4.90")


class Cart:
    """Counts of products, by number."""

    def __init__(self, catalogue):
        self._catalogue = catalogue
        self._items = Counter()

    def add(self, product, count=1):
        if count < 1:
            raise ValueError("the count must be positive")
        if product not in self._catalogue:
            raise KeyError(f"no product {product}")
        self._items[product] += count

    def remove(self, product):
        del self._items[product]

    def __len__(self):
        return sum(self._items.values())

    def subtotal(self):
        total = Money(0)
        for product, count in self._items.items():
            total += self._catalogue[product].price * count
        return total

    def total(self):
        """The subtotal and shipping, which is free for large teapots."""
        subtotal = self.subtotal()
        if not self._items or subtotal >= FREE_SHIPPING_FROM:
            return subtotal
        return subtotal + SHIPPING
