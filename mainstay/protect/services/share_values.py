"""The values of a case as a recipient may have them, once a plan lets them leave; only `sharing` asks for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mainstay.protect.models import PARTS, Case, Document, Involved, LeftOut
from mainstay.protect.rules.redaction import leave_out


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who took part in the exploitation, as far as consent lets it be known."""

    schema: str
    name: str = ""
    phone: str = ""
    account: str = ""


def values_of(case: Case, names: Iterable[str], recipient: str) -> dict[str, Any]:
    """Return the values of fields that a plan lets leave for a recipient, with what is marked left out."""
    marks = left_out_for(case, recipient)
    return {name: _value(case, name, marks.get(name, [])) for name in names}


def sealed_words_of(case: Case, names: Iterable[str]) -> list[str]:
    """Return the sealed words of some fields, each by itself, to be sure that no message quotes them."""
    found: list[str] = []
    for name in names:
        value: Any = "" if name in {"forms", "facts", "needs", "coded"} else _value(case, name, [])
        if name.startswith("document:"):
            found.append(str(value["title"]))
        elif isinstance(value, list):
            sealed = {"account", *(PARTS[name].SEALED if name in PARTS else ())}
            found += [str(row[key]) for row in value for key in sealed if row.get(key)]
        else:
            found.append(str(value))
    return [word for word in found if word]


def left_out_for(case: Case, recipient: str) -> dict[str, list[Any]]:
    """Return what is left out for a recipient, by field: what is for everybody, and what is for this one."""
    found: dict[str, list[Any]] = {}
    for row in LeftOut.objects.filter(case=case, recipient__in={"", recipient}):
        found.setdefault(row.field, []).extend(row.passages.open() or [])
    return found


def parties_of(values: Mapping[str, Any]) -> list[Party]:
    """Return who took part: of the main fields first, then of each row, people and accounts put together."""
    parties = [
        Party(
            "Person",
            values.get("exploiter_name", ""),
            values.get("exploiter_phone", ""),
            values.get("exploiter_account", ""),
        )
    ]
    accounts = {row["id"]: row["account"] for row in values.get("accounts", [])}
    for row in values.get("involved", []):
        schema = "Company" if row["kind"] == "company" else "Person"
        parties.append(Party(schema, row["name"], row["phone"], accounts.pop(row["id"], "")))
    return parties + [Party("Person", account=account) for account in accounts.values()]


def _value(case: Case, name: str, marks: list[Any]) -> Any:
    if name == "needs":
        return [need.kind for need in case.needs.all()]
    if name.startswith("document:"):
        row = case.documents.defer("content").get(pk=name.partition(":")[2])
        return {"title": row.title.open(), "media": row.media, "size": row.size}
    if name == "accounts":
        rows = Involved.objects.filter(case=case).exclude(account=b"")
        return [{"id": str(row.pk), "role": row.role, "account": row.account.open()} for row in rows]
    if name in PARTS:
        return _rows(case, name)
    value = getattr(case, name)
    if not hasattr(value, "open"):
        return value
    return leave_out(value.open(), marks) if marks else value.open()


def _rows(case: Case, name: str) -> list[dict[str, Any]]:
    model = PARTS[name]
    sealed = [field for field in model.SEALED if field != "account"]  # an account is money: another category
    found = []
    for row in model._default_manager.filter(case=case):
        coded = {
            field: value.isoformat() if isinstance(value, date) else "" if value is None else value
            for field, value in row.coded().items()
        }
        about = {"id": str(row.pk)} if name == "involved" else {}
        found.append({**about, **coded, **{field: getattr(row, field).open() for field in sealed}})
    return found


def content_for(document: Document) -> str:
    """Return a document's sealed bytes as they are kept (base64); who opens them for a reader notes it."""
    return str(document.content.open())
