"""The instruments that come with Mainstay."""

from functools import lru_cache
from importlib.resources import files

from mainstay.identify.engine.xlsform import read_instrument
from mainstay.identify.types import Instrument

_FOLDER = files("mainstay.identify") / "instruments"


@lru_cache(maxsize=1)
def shipped_names() -> tuple[str, ...]:
    """Return the names of the shipped instruments; each is the name of its file."""
    return tuple(sorted(item.name.removesuffix(".xlsx") for item in _FOLDER.iterdir() if item.name.endswith(".xlsx")))


@lru_cache(maxsize=16)
def load_shipped(name: str) -> Instrument | None:
    """Return a shipped instrument, or None where there is none of that name."""
    if name not in shipped_names():
        return None
    return read_instrument(f"{name}.xlsx", (_FOLDER / f"{name}.xlsx").read_bytes())
