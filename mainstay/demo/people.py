"""Made-up people of Selvania: their answers to the rapid screen, and what a case would hold of them."""

from random import Random

from mainstay.demo.types import Scale, Story

FIRST = [
    "Adira",
    "Belan",
    "Caro",
    "Dessa",
    "Elim",
    "Farin",
    "Goru",
    "Hevi",
    "Ilsa",
    "Joram",
    "Kessa",
    "Lumi",
    "Marek",
    "Nadi",
    "Oren",
    "Pavla",
    "Quen",
    "Risa",
    "Sorin",
    "Tamu",
    "Ulla",
    "Vero",
    "Wenda",
    "Yaro",
    "Zila",
]
LAST = [
    "Abrisan",
    "Bolvek",
    "Cendari",
    "Dromasi",
    "Estovan",
    "Feruli",
    "Galmora",
    "Hestrin",
    "Ilvasu",
    "Jorvani",
    "Kalbero",
    "Lendaru",
    "Morvesi",
    "Nestoli",
    "Orbaku",
    "Pelmari",
    "Rostavi",
    "Sulberi",
    "Tervanu",
    "Ulmasti",
]
PLACES = ["North Ferry", "Old Harbour", "Kestrel Pass", "Low Mill", "Salt Market", "Three Wells"]

WORK = {
    "brought_here": "yes",
    "documents": "kept",
    "free_to_leave": "watched",
    "deceived": "other_job",
    "debt": "yes",
    "wages": "taken",
    "threats": "yes",
    "violence": "no",
    "made_to": "work",
}
SEX = {**WORK, "free_to_leave": "no", "violence": "yes", "made_to": "sex"}
HOUSE = {**WORK, "wages": "little", "violence": "yes", "made_to": "house"}
FREE = {
    "brought_here": "no",
    "documents": "yes",
    "free_to_leave": "yes",
    "deceived": "no",
    "debt": "no",
    "wages": "paid",
    "threats": "no",
    "violence": "no",
    "made_to": "none",
}
POORLY_PAID = {**FREE, "brought_here": "yes", "deceived": "other_pay", "wages": "little"}
KINDS = (WORK, WORK, SEX, SEX, HOUSE)
NEEDS = ("shelter", "health", "legal", "interpreter", "papers")


def stories(random: Random, scale: Scale, exploiters: list[dict[str, str]]) -> list[Story]:
    """Return the people who are screened, victims and others, in the order of their interviews.

    `exploiters` are who controls them: name, phone and account; the first victims are theirs, in turn.
    """
    people = [_victim(random, number, exploiters[number % len(exploiters)]) for number in range(scale.victims)]
    people += [_other(random) for _ in range(scale.screenings - scale.victims)]
    random.shuffle(people)
    return sorted(people, key=lambda story: -story.days_ago)


def _victim(random: Random, number: int, exploiter: dict[str, str]) -> Story:
    answers = {"danger_now": "no", "medical": "no", "under_18": "no", "detained": "no", **KINDS[number % len(KINDS)]}
    child = number % 7 == 5
    if child:
        answers |= {"under_18": "yes", "alone": "yes"}
    if number % 6 == 4:
        answers |= {"danger_now": "yes"}
    for question in random.sample(["debt", "violence", "threats"], k=random.choice([0, 0, 1])):
        answers[question] = "not_asked"
    sex = "female" if KINDS[number % len(KINDS)] is not WORK or random.random() < 0.3 else "male"
    return Story(
        answers=answers,
        child=child,
        sex=sex,
        victim=True,
        days_ago=random.randint(1, 28),
        sealed=_identity(random) | {f"exploiter_{key}": value for key, value in exploiter.items()},
        needs=("shelter", *random.sample(NEEDS[1:], k=random.randint(1, 2))),
        consents_to_peer=number < 2,
    )


def _other(random: Random) -> Story:
    answers = {"danger_now": "no", "medical": "no", "under_18": "no", "detained": "no"}
    answers |= POORLY_PAID if random.random() < 0.3 else FREE
    sex, days_ago = random.choice(["female", "male"]), random.randint(1, 28)
    return Story(answers, False, sex, victim=False, days_ago=days_ago, sealed=_identity(random), needs=("legal",))


def _identity(random: Random) -> dict[str, str]:
    return {
        "name": f"{random.choice(FIRST)} {random.choice(LAST)}",
        "birth_date": f"{random.randint(1978, 2004)}-{random.randint(1, 12):02d}-{random.randint(1, 28):02d}",
        "phone": f"+999 55 {random.randint(100, 999)} {random.randint(1000, 9999)}",
        "safe_contact": "By text, after 18:00",
        "whereabouts": f"House {random.randint(1, 40)}, {random.choice(PLACES)}",
        "route": f"From {random.choice(PLACES)} to {random.choice(PLACES)}",
        "story": "Was promised other work; the papers were taken on arrival. (Made up.)",
    }
