"""The operational indicators of the Delphi survey, labour lists for adults and children.

Source: ILO and European Commission, Operational indicators of trafficking in human beings, 2009, restated in our
own words from a secondary file; to be confirmed against the ILO's text. The weighted lists for sexual exploitation
are not in here: they were not to be had.
"""

from dataclasses import dataclass

from mainstay.identify.types import Dimension, Strength


@dataclass(frozen=True, slots=True)
class Indicator:
    """One operational indicator; a weight of None: not in that list."""

    key: str
    name: str
    dimension: Dimension
    adult: Strength | None
    child: Strength | None


def _listed(dimension: Dimension, *rows: tuple[str, str, Strength | None, Strength | None]) -> tuple[Indicator, ...]:
    return tuple(Indicator(key, name, dimension, adult, child) for key, name, adult, child in rows)


S, M, W = Strength.STRONG, Strength.MEDIUM, Strength.WEAK

_ALL = (
    *_listed(
        Dimension.DECEPTIVE_RECRUITMENT,
        ("dr_job", "Misled about what the job is, where it is or who the employer is", S, S),
        ("dr_wages", "Misled about pay", M, M),
        ("dr_conditions", "Misled about working conditions", M, M),
        ("dr_contract", "Misled about the content or legality of the contract", M, M),
        ("dr_housing", "Misled about housing and living conditions", M, M),
        ("dr_documents", "Misled about papers or legal migration status", M, M),
        ("dr_travel", "Misled about travel and recruitment conditions", M, M),
        ("dr_family", "Misled about family reunification", M, M),
        ("dr_marriage", "Misled through a promise of marriage or adoption", M, M),
        ("dr_education", "Misled about access to education", W, S),
    ),
    *_listed(
        Dimension.COERCIVE_RECRUITMENT,
        ("cr_violence", "Violence against the person", S, S),
        ("cr_threat_violence", "Threats of violence against the person", M, S),
        ("cr_abduction", "Abduction, forced marriage, forced adoption or sale of the person", M, S),
        ("cr_debt", "Debt bondage", M, S),
        ("cr_documents", "Documents taken away", M, M),
        ("cr_isolation", "Isolation, confinement or surveillance", M, M),
        ("cr_denounce", "Threat to denounce to the authorities", M, M),
        ("cr_inform", "Threat to tell family, community or the public", M, M),
        ("cr_family_violence", "Violence (threatened or real) against family", M, M),
        ("cr_money", "Money withheld", M, M),
    ),
    *_listed(
        Dimension.VULNERABILITY_RECRUITMENT,
        ("vr_difficult_family", "Abuse of a difficult family situation", M, M),
        ("vr_illegal_status", "Abuse of irregular status", M, M),
        ("vr_education", "Abuse of lack of education (incl. language)", M, M),
        ("vr_information", "Abuse of lack of information", M, M),
        ("vr_control", "Control by exploiters", M, M),
        ("vr_economic", "Economic reasons", M, M),
        ("vr_false_success", "False information about successful migration", M, M),
        ("vr_false_law", "False information about the law or attitude of authorities", M, None),
        ("vr_family", "Family situation", M, M),
        ("vr_personal", "Personal situation", M, M),
        ("vr_dependency", "Psychological or emotional dependency", M, M),
        ("vr_authorities", "Relationship with authorities / legal status", M, M),
        ("vr_past", "Difficulties in the past", M, M),
        ("vr_travel", "Difficulty in organising the travel", M, M),
        ("vr_beliefs", "Abuse of cultural or religious beliefs", W, M),
        ("vr_context", "General context (conflict, environment, politics)", W, M),
    ),
    *_listed(
        Dimension.EXPLOITATION,
        ("ex_hours", "Excessive working days or hours", S, S),
        ("ex_pay", "Low or no pay", M, M),
        ("ex_wage_manipulation", "Wage manipulation (fines, deductions, middleman)", M, M),
        ("ex_living", "Bad living conditions", M, M),
        ("ex_working", "Very bad working conditions", M, M),
        ("ex_hazard", "Hazardous work", M, M),
        ("ex_law", "Labour law or signed contract not respected", M, M),
        ("ex_social", "No social protection", M, None),
        ("ex_education", "No access to education", W, M),
    ),
    *_listed(
        Dimension.COERCION_DESTINATION,
        ("cd_documents", "Documents taken away", S, S),
        ("cd_debt", "Debt bondage", S, S),
        ("cd_isolation", "Isolation, confinement or surveillance", S, S),
        ("cd_violence", "Violence against the person", S, S),
        ("cd_threat_violence", "Threats of violence against the person", M, S),
        ("cd_illicit", "Forced into illicit or criminal activities", M, S),
        ("cd_tasks", "Forced tasks or clients", M, S),
        ("cd_influence", "Under strong influence", M, S),
        ("cd_peers", "Forced to act against peers", M, M),
        ("cd_lie", "Forced to lie to authorities, family and others", M, M),
        ("cd_denounce", "Threat to denounce to the authorities", M, M),
        ("cd_worse", "Threat of even worse working conditions", M, M),
        ("cd_family_violence", "Violence (threatened or real) against family", M, M),
        ("cd_wages", "Wages withheld", M, M),
        ("cd_inform", "Threat to tell family, community or the public", W, M),
    ),
    *_listed(
        Dimension.VULNERABILITY_DESTINATION,
        ("vd_dependency", "Dependency on exploiters", M, M),
        ("vd_unknown", "Difficulty of living in an unknown area", M, M),
        ("vd_economic", "Economic reasons", M, M),
        ("vd_family", "Family situation", M, M),
        ("vd_authorities", "Relationship with authorities / legal status", M, M),
        ("vd_past", "Difficulties in the past", W, M),
        ("vd_personal", "Personal characteristics", W, M),
    ),
)

INDICATORS = {indicator.key: indicator for indicator in _ALL}
"""Every indicator by its key."""
