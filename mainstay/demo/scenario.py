"""The scenario: everything made up from a seed, written as the inputs that a user would have."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from mainstay.demo import money, people
from mainstay.demo.types import Planted, Scale

LABEL = "Scenario: every person, place and company here is made up"


def write_inputs(seed: int, scale: Scale, today: datetime, folder: Path) -> Planted:
    """Write the inputs of both nodes into a folder and return what was planted.

    The same seed, scale and day give the same files.
    """
    start = datetime(today.year, today.month, today.day, tzinfo=UTC) - timedelta(days=scale.days)
    planted = money.make_up(Random(f"{seed}:money"), scale, start, folder / "orvanta")  # noqa: S311  # a scenario, no secret
    random = Random(f"{seed}:people")  # noqa: S311  # a scenario, no secret
    unknown = [f"XZ{random.randint(10**13, 10**14 - 1)}" for _ in range(3)]
    accounts = [planted["controllers"][0], unknown[0], *planted["controllers"][1:], *unknown[1:]]
    exploiters = [
        {
            "name": f"{random.choice(people.FIRST)} {random.choice(people.LAST)}",
            "phone": f"+999 66 {random.randint(1_000_000, 9_999_999)}",
            "account": account,
        }
        for account in accounts
    ]
    stories = people.stories(random, scale, exploiters)
    (folder / "selvania").mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(asdict(story), ensure_ascii=False) for story in stories]
    (folder / "selvania" / "interviews.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    asked = [s.sealed["exploiter_account"] for s in stories if s.consents_to_peer]
    return Planted(
        victims=sum(story.victim for story in stories),
        funnel_controllers=tuple(planted["controllers"]),
        funnel_workers=tuple(planted["workers"]),
        collectors=tuple(planted["collectors"]),
        known_abroad=tuple(a for a in asked if a in planted["controllers"]),
    )
