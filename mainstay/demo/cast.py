"""Who signs in on the two nodes: made-up colleagues at made-up agencies."""

from dataclasses import dataclass

PASSWORD = "made-up harbour light"  # noqa: S105  # printed by the demonstration, for made-up data only


@dataclass(frozen=True, slots=True)
class Part:
    """One made-up colleague."""

    email: str
    name: str
    role: str
    agency: str
    kind: str


OFFICE = "Office for the Identification of Victims"
SELVANIA = (
    Part("rafe@selvania.example", "Rafe Tolan", "screener", "North Ferry border post", "border_police"),
    Part("maren@selvania.example", "Maren Quill", "supervisor", "North Ferry border post", "border_police"),
    Part("tove@selvania.example", "Tove Askel", "identification_authority", OFFICE, "other"),
    Part("silas@selvania.example", "Silas Vorn", "identification_authority", OFFICE, "other"),
    Part("ines@selvania.example", "Ines Ortal", "case_manager", "Harbour House", "shelter"),
    Part("amsel@selvania.example", "Doru Amsel", "service_provider", "Lantern health and legal clinic", "legal_aid"),
    Part(
        "mira@selvania.example",
        "Mira Kovel",
        "central_authority",
        "Ministry of Justice of Selvania",
        "central_authority",
    ),
    Part("juno@selvania.example", "Juno Castell", "rapporteur", "National Rapporteur of Selvania", "rapporteur"),
    Part("ada@selvania.example", "Ada Brink", "administrator", "Ministry of Justice of Selvania", "central_authority"),
)
ORVANTA = (
    Part(
        "tomas@orvanta.example",
        "Tomas Reke",
        "financial_analyst",
        "Financial Intelligence Unit of Orvanta",
        "financial_intelligence_unit",
    ),
    Part("lena@orvanta.example", "Lena Dorn", "investigator", "Police of Orvanta", "police"),
    Part(
        "piet@orvanta.example", "Piet Halm", "central_authority", "Ministry of Justice of Orvanta", "central_authority"
    ),
    Part("olga@orvanta.example", "Olga Stern", "administrator", "Ministry of Justice of Orvanta", "central_authority"),
)
