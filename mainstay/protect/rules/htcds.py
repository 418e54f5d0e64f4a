"""From a screening's forms of exploitation to those of HTCDS 2.0 (`vic_TypeOfExploitation`)."""

from collections.abc import Iterable

IN_HTCDS = {
    "forced_labour": "ForcedLabour",
    "sexual_exploitation": "SexualExploitation",
    "child_labour": "ChildLabour",
    "forced_marriage": "ForcedMarriage",
    "servitude": "Servitude",
    "forced_military": "ForcedMilitaryByNonStateActors",
    "organ_removal": "OrganRemoval",
    "forced_begging": "ForcedBegging",
    "forced_adoption": "ForcedAdoption",
    "surrogacy": "Surrogacy",
}


def htcds_forms(forms: Iterable[str]) -> tuple[str, ...]:
    """Return HTCDS codes for forms of exploitation; what HTCDS has no word for is `Other`."""
    return tuple(sorted({IN_HTCDS.get(form, "Other") for form in forms}))
