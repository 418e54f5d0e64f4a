"""The fields of a case that may stand in a letter, by their shape; where somebody is kept safe is never one."""

TEXT_FIELDS = frozenset(
    {
        "name",
        "birth_date",
        "phone",
        "safe_contact",
        "health",
        "route",
        "story",
        "exploiter_name",
        "exploiter_phone",
        "exploiter_account",
    }
)
CODE_FIELDS = frozenset({"forms", "needs"})
ROW_FIELDS: dict[str, frozenset[str]] = {
    "names": frozenset({"kind", "script", "language", "name"}),
    "papers": frozenset({"kind", "country", "holder", "valid_until", "number"}),
    "relatives": frozenset({"relation", "is_child", "is_with_them", "is_at_risk", "name", "note"}),
    "stations": frozenset({"order", "country", "way", "place", "came", "left", "what"}),
    "involved": frozenset({"id", "kind", "role", "name", "phone"}),
    "accounts": frozenset({"id", "role", "account"}),
}
CONTACT_CHANNELS = frozenset({"call", "text", "mail", "post"})
"""The ways to reach a person that a letter names; through whom else is sealed, and stays."""
CODED_FACTS = frozenset({"sex", "age_group", "citizenship", "presumed_since"})
