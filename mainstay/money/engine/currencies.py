"""Currencies of ISO 4217 and their minor units."""

from functools import cache

import pycountry

# ISO 4217 list one: the currencies whose minor unit is not the hundredth.
_MINOR_UNITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF"], 0),
    **dict.fromkeys(["UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}


@cache
def minor_unit(currency: str) -> int | None:
    """Return how many decimals amounts of an ISO 4217 currency have, or None for an unknown code."""
    if pycountry.currencies.get(alpha_3=currency) is None or not currency.isupper():
        return None
    return _MINOR_UNITS.get(currency, 2)


def as_decimal_text(minor: int, currency: str) -> str:
    """Return an amount in minor units as decimal text: 125050 EUR is `1250.50`."""
    places = minor_unit(currency) or 0
    if places == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**places)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{places}d}"
