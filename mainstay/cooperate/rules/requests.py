"""What a request for mutual legal assistance has to say (UNTOC article 18), as a pure check."""

import re
from collections.abc import Iterable, Mapping

from mainstay.cooperate.rules.shared_fields import CODE_FIELDS, TEXT_FIELDS
from mainstay.cooperate.types import FieldRule, Finding

STAGES = ("investigation", "prosecution", "judicial proceeding")
TREATIES = ("untoc", "bilateral", "regional")
# UNTOC art. 18(3): kinds of assistance
ASSISTANCE = {
    "a": "taking evidence or statements from persons",
    "b": "effecting service of judicial documents",
    "c": "executing searches and seizures, and freezing",
    "d": "examining objects and sites",
    "e": "providing information, evidentiary items and expert evaluations",
    "f": "providing originals or certified copies of documents and records, bank records included",
    "g": "identifying or tracing proceeds of crime, property and instrumentalities",
    "h": "facilitating the voluntary appearance of persons",
    "i": "any other assistance that is not contrary to domestic law",
}

REQUEST_FIELDS: tuple[FieldRule, ...] = (
    FieldRule("treaty_basis", "Treaty basis", "UNTOC art. 18(6)-(7)", True),
    FieldRule("offence_scope", "Offence and why it is in scope", "UNTOC art. 3, 18(1)", True),
    FieldRule("requesting_authority", "Requesting authority", "UNTOC art. 18(15)(a)", True),
    FieldRule("stage", "Stage of the proceeding", "UNTOC art. 18(15)(b)", True),
    FieldRule("subject_and_nature", "Subject matter of the proceeding", "UNTOC art. 18(15)(b)", True),
    FieldRule("conducting_authority", "Authority that conducts it, and its functions", "UNTOC art. 18(15)(b)", True),
    FieldRule("facts_summary", "Summary of the facts", "UNTOC art. 18(15)(c)", False),
    FieldRule("assistance_type", "Kind of assistance", "UNTOC art. 18(3)", True),
    FieldRule("assistance_sought", "Assistance sought", "UNTOC art. 18(15)(d)", True),
    FieldRule("purpose", "Purpose", "UNTOC art. 18(15)(f), 18(19)", True),
    FieldRule("language", "Language", "UNTOC art. 18(14)", True),
    FieldRule("deadline", "Wanted by", "UNTOC art. 18(24)", False),
    FieldRule("deadline_reason", "Why by then", "UNTOC art. 18(24)", False),
)
REFUSAL_GROUNDS = {
    "form": ("not made as article 18 asks", "UNTOC art. 18(21)(a)"),
    "sovereignty": ("likely to prejudice sovereignty, security or public order", "UNTOC art. 18(21)(b)"),
    "domestic_law": ("domestic law would not allow it in a like domestic case", "UNTOC art. 18(21)(c)"),
    "contrary": ("contrary to the legal system on mutual assistance", "UNTOC art. 18(21)(d)"),
    "dual_criminality": ("not an offence here", "UNTOC art. 18(9)"),
}

SHAREABLE = TEXT_FIELDS | CODE_FIELDS
"""The fields of a case that may be attached to a request."""
DOTS = "•••••"


def check_request(body: Mapping[str, str]) -> list[Finding]:
    """Return what is missing or doubtful in a request, the blocking findings first.

    UNTOC 18(9)-(29) apply only where no assistance treaty binds the two States, or where they agree
    (18(7)): under another treaty, missing contents are named but do not block.
    """
    governed = body.get("treaty_basis", "untoc") in {"", "untoc"}
    findings = [
        Finding(rule.key, "is missing", governed or rule.key in {"treaty_basis", "purpose"}, rule.ref)
        for rule in REQUEST_FIELDS
        if rule.required and not body.get(rule.key, "").strip()
    ]
    findings += [
        Finding(key, f"is none of {', '.join(allowed)}", True, ref)
        for key, allowed, ref in (
            ("stage", STAGES, "UNTOC art. 18(15)(b)"),
            ("treaty_basis", TREATIES, "UNTOC art. 18(6)-(7)"),
            ("assistance_type", tuple(ASSISTANCE), "UNTOC art. 18(3)"),
        )
        if body.get(key, "").strip() and body[key] not in allowed
    ]
    if body.get("assistance_type") != "b" and not body.get("facts_summary", "").strip():
        findings.append(Finding("facts_summary", "is missing", governed, "UNTOC art. 18(15)(c)"))
    if body.get("deadline", "").strip() and not body.get("deadline_reason", "").strip():
        findings.append(Finding("deadline_reason", "a wanted day needs its reason", False, "UNTOC art. 18(24)"))
    return sorted(findings, key=lambda finding: not finding.blocks)


def without_values(texts: Mapping[str, str], values: Iterable[str]) -> dict[str, str]:
    """Return texts with some values taken out of them: what was attached may have been quoted in the words."""
    gone = sorted((value for value in values if len(value) > 2), key=len, reverse=True)
    if not gone:
        return dict(texts)
    pattern = re.compile("|".join(re.escape(value) for value in gone), re.IGNORECASE)
    return {name: pattern.sub(DOTS, text) for name, text in texts.items()}
