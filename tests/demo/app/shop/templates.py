"""Renders the pages."""

import pathlib

from jot_templates import Environment

_environment = Environment(pathlib.Path(__file__).parent.parent / "templates", autoescape=True)


def render(name, **values):
    return _environment.get(name).render(**values)
