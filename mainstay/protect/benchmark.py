"""The benchmark `protect`: how fast people are listed, found by name and shown, while many are kept and asked for.

Requests come at their own moments, fifty in a second, whether or not earlier ones were answered: what waits counts.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from mainstay.core.benches import BenchNode, Row, document, fresh_node, p95, postgresql, row

RATE = 50
"""Requests a second."""
SQLITE_CASES, POSTGRESQL_CASES, QUICK_CASES = 50_000, 1_000_000, 2_000
SQLITE_GOAL_MS, POSTGRESQL_GOAL_MS = 200.0, 150.0
AGENCIES = 10
WARM_ROUNDS = 10
SEED = 20171121
SHARES = {"case list": 0.4, "name search": 0.3, "case page": 0.3}
SYLLABLES = ("ba", "dor", "fen", "gul", "ha", "jin", "kel", "lor", "mi", "nas", "ra", "sol", "tev", "vo", "yar", "zin")
FILL = """
import sys
from mainstay.site import cli, node
cli.start_django()
node.migrate()
from mainstay.protect import benchmark
benchmark.fill(int(sys.argv[1]))
"""


def run(quick: bool) -> dict[str, Any]:
    """Run every measure and return the document; a quick run has few people and leaves PostgreSQL out."""
    results = _measure("SQLite", "", QUICK_CASES if quick else SQLITE_CASES, SQLITE_GOAL_MS, 4 if quick else 20)
    if not quick:
        with postgresql() as url:
            results += _measure("PostgreSQL", url, POSTGRESQL_CASES, POSTGRESQL_GOAL_MS, 20) if url else _missing()
    return document("protect", quick, results, ("psycopg", "granian"))


def _missing() -> list[Row]:
    return [row("PostgreSQL: none here", None, "ms", POSTGRESQL_GOAL_MS)]


def _measure(database: str, url: str, count: int, goal: float, seconds: int) -> list[Row]:
    with fresh_node(url, REQUIRE_SECOND_FACTOR="false") as node:
        node.run([["init"]])
        filled = json.loads(node.python(FILL, str(count)).strip().splitlines()[-1])
        with node.served():
            answers = asyncio.run(_ask(node, filled, seconds))
    of = f"{count:,} people on {database}, {RATE} requests a second"
    kinds = [(kind, [a.seconds for a in answers if a.kind == kind]) for kind in SHARES]
    failed = sum(1 for answer in answers if answer.status != 200)
    return [
        *(row(f"{kind}, {of}, p95", p95(times), "ms", goal) for kind, times in kinds),
        row(f"requests that failed, of {len(answers)}, {database}", failed, "requests", 0),
        row(f"filling {count:,} people, {database}", filled["seconds"], "s", None),
    ]


@dataclass(frozen=True, slots=True)
class _Answer:
    kind: str
    status: int
    seconds: float


async def _ask(node: BenchNode, filled: dict[str, Any], seconds: int) -> list[_Answer]:
    """Ask at a steady rate as a signed-in case manager; each time counts from when the request was due."""
    rng = random.Random(SEED)  # noqa: S311 - a repeatable load, no secret
    cookies = {filled["cookie"]: filled["session"]}
    limits = httpx.Limits(max_connections=200)
    async with httpx.AsyncClient(base_url=node.url, cookies=cookies, timeout=60, limits=limits) as client:
        page = await client.get("/people/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]

        async def one(kind: str, due: float) -> _Answer:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if kind == "case list":
                answer = await client.get("/people/", params={"page": rng.randint(1, 5)})
            elif kind == "name search":
                words = {"find": rng.choice(filled["names"]), "csrfmiddlewaretoken": token}
                answer = await client.post("/people/", data=words, headers={"Referer": f"{node.url}/people/"})
            else:
                answer = await client.get(f"/people/{rng.choice(filled['cases'])}/")
            return _Answer(kind, answer.status_code, time.perf_counter() - due)

        for _round in range(WARM_ROUNDS):  # each process has read its templates before the clock runs
            await asyncio.gather(*(one(kind, time.perf_counter()) for kind in SHARES))
        begin = time.perf_counter() + 0.2
        kinds = rng.choices(list(SHARES), list(SHARES.values()), k=RATE * seconds)
        return await asyncio.gather(*(one(kind, begin + place / RATE) for place, kind in enumerate(kinds)))


def fill(count: int) -> None:
    """Fill this node with made-up people and print who may ask, whom, and by which names; run inside the node."""
    from django.conf import settings
    from django.test import Client

    from mainstay.accounts.models import Agency, User
    from mainstay.core.access import Role

    begin, rng = time.perf_counter(), random.Random(SEED)  # noqa: S311 - repeatable people, no secret
    managers = []
    for number in range(AGENCIES):
        agency = Agency.objects.create(name=f"Bench agency {number}", kind="shelter", country="XS")
        managers.append(
            User.objects.create_user(
                f"manager{number}@bench.example", name=f"Manager {number}", role=Role.CASE_MANAGER, agency=agency
            )
        )
    cases, names = [], []
    for start in range(0, count, 2_000):
        for case, name in _some_people(managers, start, min(2_000, count - start), rng):
            if case.owner_id == managers[0].pk and rng.random() < 0.05:
                cases.append(str(case.pk))
                names.append(name)
    client = Client()
    client.force_login(managers[0])
    cookie = settings.SESSION_COOKIE_NAME
    told = {"cookie": cookie, "session": client.cookies[cookie].value, "cases": cases, "names": names}
    print(json.dumps({**told, "seconds": time.perf_counter() - begin}))  # noqa: T201 - read by the benchmark


def _some_people(managers: list[Any], start: int, count: int, rng: random.Random) -> list[tuple[Any, str]]:
    """Keep some people as the services would: sealed names, blind indexes, a day, a need, half of them a consent."""
    from django.db import transaction

    from mainstay.core import clock, keystore
    from mainstay.core.names import sound_keys
    from mainstay.protect.models import Case, CaseNameSound, Consent, Deadline, Need, person_index, sound_index
    from mainstay.protect.queries import recipient_of

    now, today = clock.now(), clock.today()
    people, sounds, days, needs, consents = [], [], [], [], []
    for number, key_id in enumerate(keystore.node().create_keys(count), start):
        name = " ".join("".join(rng.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))
        manager = managers[number % len(managers)]
        case = Case(
            key_id=key_id, reference=f"P-{number + 1000}", agency_id=manager.agency_id, owner=manager, sex="female",
            age_group="18+", forms=["ForcedLabour"], identified_date=today - timedelta(days=number % 900),
            opened_at=now - timedelta(minutes=number), name_index=person_index("name", name),
        )  # fmt: skip
        case.name = name
        people.append((case, name))
        sounds += [CaseNameSound(case=case, index=sound_index(key)) for key in sorted(sound_keys(name))]
        days.append(Deadline(case=case, kind="reflection_period", due_date=today + timedelta(days=number % 60)))
        need = Need(key_id=key_id, case=case, kind="health", recorded_at=now)
        needs.append(need)
        if number % 2:
            consents.append(
                Consent(
                    case=case, categories=["health", "needs"], recipients=[recipient_of(managers[1].agency_id)],
                    purposes=["assistance"], how="spoken", given_on=case.identified_date, recorded_by=manager,
                )
            )  # fmt: skip
    with transaction.atomic():
        Case.objects.bulk_create([case for case, _name in people])
        CaseNameSound.objects.bulk_create(sounds)
        Deadline.objects.bulk_create(days)
        Need.objects.bulk_create(needs)
        Consent.objects.bulk_create(consents)
    return people
