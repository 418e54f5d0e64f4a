"""What happened to a person in codes: lists of HTCDS 2.0, and of every other standard that is there as data.

The IC-TIP lists, for example, are added as a file in `core/codelists` and appear by themselves.
"""

from collections.abc import Mapping
from functools import cache

from mainstay.core.vocabularies import FOLDER, Code, code_lists

HTCDS_LISTS = (
    "vic_MethodOfRecruitment",
    "vic_RecruitmentWebsitesAndApps",
    "vic_RelationshipToTrafficker",
    "vic_MethodsOfControl",
    "vic_ForcedLabourIndustry",
    "vic_TypeOfSexExploitation",
    "vic_ExploitationWebsitesAndApps",
    "vic_Vulnerabilities",
)


@cache
def fact_lists() -> Mapping[str, tuple[Code, ...]]:
    """Return the code lists that facts are taken from, by name; those of another standard carry its name before."""
    found = {name: code_lists("htcds")[name] for name in HTCDS_LISTS}
    for file in sorted(FOLDER.glob("*.json")):
        if file.stem != "htcds":
            found |= {f"{file.stem}:{name}": codes for name, codes in code_lists(file.stem).items()}
    return found


def unknown_codes(facts: Mapping[str, list[str]]) -> list[str]:
    """Return the lists and codes that nobody knows."""
    lists = fact_lists()
    wrong = [name for name in facts if name not in lists]
    known = {name: {code.name for code in codes} for name, codes in lists.items()}
    return wrong + [code for name, codes in facts.items() if name in known for code in codes if code not in known[name]]
