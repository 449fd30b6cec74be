"""A very small web shop."""

__version__ = "2.4"
