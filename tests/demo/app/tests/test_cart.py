"""Tests that should not be in the image, and are: nobody wrote a .dockerignore."""

import pytest

from shop.cart import Cart
from shop.catalogue import Product
from shop.prices import Money

CATALOGUE = {
    1: Product(1, "Brown Betty", Money.parse("24.90"), 1.2),
    4: Product(4, "Utah", Money.parse("99.00"), 0.8),
}


def test_an_empty_cart_costs_nothing():
    assert Cart(CATALOGUE).total() == Money(0)


def test_shipping_is_free_for_large_teapots():
    cart = Cart(CATALOGUE)
    cart.add(1)
    assert cart.total() == Money.parse("29.80")
    cart.add(4)
    assert cart.total() == Money.parse("123.90")


def test_there_is_no_coffee():
    with pytest.raises(KeyError):
        Cart(CATALOGUE).add(99)
