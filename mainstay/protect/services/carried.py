"""Parts of a file that came along with a referral or a whole case, put into a file of this agency."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from mainstay.accounts.models import User
from mainstay.core import access
from mainstay.protect.models import PARTS, Case, Part


def carry_parts(case: Case, values: Mapping[str, Any], *, actor: User, now: datetime) -> None:
    """Keep names, papers, family, stations and who was involved, as they came; a code that nobody knows here is left.

    Accounts come apart from who was involved, as they are another category: they find their row by its id.
    """
    access.require(actor, "protect.change_case", case)
    accounts = {row.get("id", ""): row for row in values.get("accounts", ())}
    for name in PARTS:
        for row in values.get(name, ()):
            whole = (
                {**row, "account": accounts.pop(row.get("id"), {}).get("account", "")} if name == "involved" else row
            )
            _carry(case, name, whole, actor, now)
    for row in accounts.values():
        _carry(case, "involved", {"kind": "person", "role": "collector", **row}, actor, now)


def _carry(case: Case, name: str, values: Mapping[str, Any], actor: User, now: datetime) -> None:
    row = PARTS[name](case=case, key_id=case.key_id, recorded_by=actor, recorded_at=now)
    for code in row.CODED:
        setattr(row, code, _fitting(row, code, values.get(code, "")))
    for sealed in row.SEALED:
        setattr(row, sealed, str(values.get(sealed, "")))
    row.save()


def _fitting(row: Part, name: str, value: Any) -> Any:
    """Return a value where its column takes it, else what stands for "not known" there."""
    field: Any = row._meta.get_field(name)
    wanted = None if field.null and value in ("", "None", None) else value
    try:
        return field.clean(wanted, row)
    except ValidationError:
        if field.has_default():
            return field.get_default()
        return next((code for code, _words in field.choices or () if code in {"", "other"}), None if field.null else "")
