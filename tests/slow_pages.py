"""Pages that come slowly and in pieces, to find a test that looks at a page before it is there.

    pytest -p tests.slow_pages -m browser

Each page's head is sent, then half of its body, then the rest, with a quarter of a second between them.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse

PAUSE = 0.25
_answer: Callable[..., Any] = WSGIHandler.__call__


def _in_pieces(page: HttpResponse) -> Iterator[bytes]:
    body = page.content
    try:
        for piece in (b"", body[: len(body) // 2], body[len(body) // 2 :]):
            time.sleep(PAUSE)
            yield piece
    finally:
        page.close()


def _answer_slowly(self: WSGIHandler, *request: Any) -> Any:
    page = _answer(self, *request)
    is_page = isinstance(page, HttpResponse) and page.headers.get("Content-Type", "").startswith("text/html")
    return _in_pieces(page) if is_page else page


WSGIHandler.__call__ = _answer_slowly  # type: ignore[assignment,method-assign]  # every page
