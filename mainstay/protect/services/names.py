"""Every name of a person, kept as blind indexes, so that they are found however a name is written."""

from mainstay.core.names import sound_keys
from mainstay.protect.models import Case, CaseNameSound, PersonName, person_index, sound_index


def keep_sounds(case: Case) -> None:
    """Keep what the parts of every name of a case sound like, in place of what was kept before."""
    case.name_sounds.all().delete()
    main, others = case.name.open(), [row.name.open() for row in PersonName.objects.filter(case=case)]
    indexes = {sound_index(key) for name in (main, *others) for key in sound_keys(name)}
    indexes |= {person_index("name", name) for name in others}
    if main and not indexes:
        indexes = {case.name_index}  # signs that sound like nothing: so that the upkeep does not open them each hour
    kept = [CaseNameSound(case=case, index=index) for index in sorted(indexes - {""})]
    CaseNameSound.objects.bulk_create(kept)
