"""Mainstay: a node to cooperate against trafficking in persons."""

__version__ = "0.1.0"
