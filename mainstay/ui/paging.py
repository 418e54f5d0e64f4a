"""Pages of lists that may be very long: counted up to a point, and not beyond."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNTED_TO = 1_000


def in_one_order(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Return rows in their order, and those that it leaves side by side always the same way.

    A database may give rows of one moment in another order each time it is asked: one of them would stand on two pages,
    and another on none. Rows that are already cut, joined or put together are left as they are.
    """
    query = rows.query
    if query.is_sliced or query.combinator or query.distinct or query.group_by is not None:
        return rows
    return rows.order_by(*(query.order_by or query.get_meta().ordering or ()), "pk")


class CappedPaginator(Paginator[Any]):
    """A paginator that counts no further than `COUNTED_TO`: counting a million rows takes longer than showing fifty.

    Where there are more, the pages end there, and `is_capped` says so: whoever looks for row 1,001 needs a filter.
    Where the first page holds all there is, nothing is counted: it takes one question instead of two.
    """

    def __init__(self, rows: Any, per_page: int) -> None:
        super().__init__(in_one_order(rows) if isinstance(rows, QuerySet) else rows, per_page)

    def get_page(self, number: Any) -> Page[Any]:
        """Return a page, the first one where the number is none."""
        if str(number or 1) != "1":
            return super().get_page(number)
        rows = list(self.object_list[: self.per_page + 1])
        if len(rows) <= self.per_page:
            self._counted = len(rows)
        return Page(rows[: self.per_page], 1, self)

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[: COUNTED_TO + 1].count())

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most `COUNTED_TO`."""
        return min(self._counted, COUNTED_TO)

    @property
    def is_capped(self) -> bool:
        """Say whether there are more rows than were counted."""
        return self._counted > COUNTED_TO
