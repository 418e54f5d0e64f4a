"""One small hierarchy of what can go wrong, and what is said about it.

Every error says what is wrong, where, and what to do next. `site` turns it into an exit
code, an HTTP problem document (RFC 9457) or a page; nobody else does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

PROBLEM_TYPE = "urn:mainstay:error:"


class MainstayError(Exception):
    """Something a person can meet. `message` names what is wrong; `todo` what to do next."""

    code: ClassVar[str] = "failed"
    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    title: ClassVar[object] = "Something went wrong"  # text, or a lazily translated one

    def __init__(self, message: object, *, todo: object = "") -> None:
        self.message = str(message)
        self.todo = str(todo)
        super().__init__(self.message)

    def __str__(self) -> str:
        return f"{self.message} {self.todo}".strip()

    def extra(self) -> dict[str, Any]:
        """More members for the problem document, without personal data."""
        return {}


class ConfigurationError(MainstayError):
    """The node is set up wrongly and does not start."""

    code = "configuration"
    title: ClassVar[object] = "This node is not set up yet"


class RefusalError(MainstayError):
    """A change that a rule forbids. Packages subclass it, one class a reason."""

    code = "refused"
    status = 409
    title: ClassVar[object] = "This cannot be done now"


class NotAllowedError(RefusalError):
    """The acting person may not do this to this record."""

    code = "not_allowed"
    status = 403
    title: ClassVar[object] = "Not yours to open"


class NotFoundError(MainstayError):
    """No such record, or none that this person may see: the two are told apart to nobody."""

    code = "not_found"
    status = 404
    title: ClassVar[object] = "Nothing here"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in an input: where it is and what was expected there."""

    expected: str
    row: int | None = None
    field: str | None = None
    found: str | None = None

    def __str__(self) -> str:
        where = [
            f"row {self.row}" if self.row is not None else "",
            f"field {self.field!r}" if self.field else "",
        ]
        text = ", ".join(part for part in where if part)
        found = f", found {self.found}" if self.found is not None else ""
        return f"{text}: expected {self.expected}{found}" if text else f"expected {self.expected}{found}"


class BadInputError(MainstayError):
    """An input that cannot be taken; nothing of it was written.

    `source` is a file name or the name of the input; the first fault is in the one-line message.
    """

    code = "bad_input"
    status = 422
    exit_code = 2
    title: ClassVar[object] = "This cannot be read"

    def __init__(self, source: str | Path, faults: Sequence[Fault] | Fault, *, todo: str = "") -> None:
        self.source = str(source)
        self.faults = [faults] if isinstance(faults, Fault) else list(faults)
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(f"{self.source}: {self.faults[0]}{more}", todo=todo)

    def extra(self) -> dict[str, Any]:
        """The faults, one object each."""
        return {
            "faults": [{"row": f.row, "field": f.field, "expected": f.expected, "found": f.found} for f in self.faults]
        }


def as_problem(error: MainstayError) -> dict[str, Any]:
    """Return the RFC 9457 problem document of an error."""
    return {
        "type": f"{PROBLEM_TYPE}{error.code}",
        "title": str(error.title),
        "status": error.status,
        "detail": str(error),
        **error.extra(),
    }
