"""The benchmark's own phones are phones that the node takes, and its figures are computed."""

import re
from typing import Any

import pytest

from mainstay.core import benches, clock
from mainstay.core.access import Role
from mainstay.identify import benchmark
from mainstay.identify.models import Screening
from mainstay.identify.services.devices import private_key
from tests.factories import a_person
from tests.identify.phones import a_phone


@pytest.mark.django_db
def test_what_the_benchmark_sends_is_an_interview() -> None:
    phone = a_phone(a_person(Role.SCREENER))
    public = private_key(now=clock.now()).public_key()
    for _ in range(2):
        post = benchmark._post(benchmark._Served(80, ()), phone.path, public)
        head, _blank, body = post.partition(b"\r\n\r\n")
        kind = re.search(rb"Content-Type: ([^\r]+)", head)
        assert kind is not None
        address = head.split(b" ")[1].decode()
        assert phone.client.post(address, body, content_type=kind[1].decode()).status_code == 201
    assert Screening.objects.count() == 2


@pytest.mark.parametrize(
    ("ours", "goal", "holds"), [(299.0, 300, True), (301.0, 300, False), (0, 0, True), (1, 0, False)]
)
def test_whether_a_goal_holds_is_computed(ours: float, goal: float, holds: bool) -> None:
    row: dict[str, Any] = benches.row("p95", ours, "ms", goal)
    assert row["holds"] is holds
    assert set(row) == {"what", "ours", "unit", "peer", "peer_value", "ratio", "goal", "holds"}


def test_a_measure_without_its_database_holds_nothing() -> None:
    assert benches.row("p95", None, "ms", 300)["holds"] is None
