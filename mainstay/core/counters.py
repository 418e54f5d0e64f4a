"""Numbers that are given once, to one writer at a time."""

from mainstay.core.models import Counter


def next_number(series: str) -> int:
    """Return the next number of a series, within the caller's transaction; it holds the series until that ends."""
    Counter.objects.get_or_create(series=series)
    row = Counter.objects.select_for_update().get(series=series)
    row.last += 1
    row.save(update_fields=["last"])
    return row.last
