"""When two people write the same: what was there, theirs and yours side by side, and a box to write both together."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mainstay.accounts.requests import SignedInRequest
from mainstay.protect.errors import EditConflictError
from mainstay.protect.models import SEALED_FIELDS, Case
from mainstay.protect.services import cases
from mainstay.protect.views.file_words import birth_words, field_name
from mainstay.protect.views.person import people_crumbs
from mainstay.protect.views.safety import contact_shown

FIELDS = frozenset(name for name, _label, _category in SEALED_FIELDS)
CHOICES = frozenset({"theirs", "yours", "written"})


@dataclass(frozen=True, slots=True)
class Side:
    """One field on the page, as both have it."""

    field: str
    label: str
    base: str
    theirs: str
    yours: str
    written: str
    choice: str = ""

    @property
    def shown(self) -> list[str]:
        """The three texts in words."""
        texts = (self.base, self.theirs, self.yours)
        return [birth_words(text) for text in texts] if self.field == "birth_date" else list(texts)


def conflict_page(request: SignedInRequest, case: Case, error: EditConflictError) -> HttpResponse:
    """Show what both wrote; what only one changed is carried along."""
    sides = [Side(c.field, field_name(c.field), c.base, c.theirs, c.yours, c.yours) for c in error.conflicts]
    return _page(request, case, sides, error.kept, error.version, status=error.status)


def resolve(request: SignedInRequest, case: Case) -> HttpResponse:
    """Keep what was chosen for each field, with all that was typed elsewhere; ask again where somebody was faster."""
    post = request.POST
    sides = [
        Side(
            name,
            field_name(name),
            *(post.get(f"{kind}_{name}", "") for kind in ("base", "theirs", "yours", "written", "choice")),
        )
        for name in post.getlist("conflict")
        if name in FIELDS
    ]
    kept: dict[str, Any] = {name: post[f"kept_{name}"] for name in sorted(FIELDS) if f"kept_{name}" in post}
    version = int(post["version"]) if post.get("version", "").isdecimal() else 0
    if any(side.choice not in CHOICES for side in sides) or not version:
        return _page(request, case, sides, kept, version or case.version, status=422, missing=True)
    chosen = {s.field: s.yours if s.choice == "yours" else s.written for s in sides if s.choice != "theirs"}
    try:
        cases.change_case(case, {**kept, **chosen}, version=version, actor=request.user)
    except EditConflictError as error:
        return conflict_page(request, case, error)
    return redirect("protect:case", pk=case.pk)


def _page(
    request: SignedInRequest,
    case: Case,
    sides: list[Side],
    kept: dict[str, Any],
    version: int,
    *,
    status: int,
    missing: bool = False,
) -> HttpResponse:
    context = {
        "case": case,
        "sides": sides,
        "kept": [(name, field_name(name), value) for name, value in kept.items()],
        "version": version,
        "missing": missing,
        "contact": contact_shown(case),
        "breadcrumbs": people_crumbs(case, _("Both wrote the same")),
    }
    return render(request, "protect/conflict.html", context, status=status)
