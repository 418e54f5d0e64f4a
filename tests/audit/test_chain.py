"""The chain on a real database: what tampering it notices, and that writers never break it."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from sqlite3 import connect
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from mainstay.audit import queries, rules, services
from mainstay.audit.models import Entry, Head
from mainstay.audit.types import Link
from mainstay.core import clock
from mainstay.core.access import Purpose, Role
from tests.conftest import Command
from tests.factories import a_person, an_agency

LENGTH = 9
COLUMNS = "at, actor_id, action, object_type, object_id, purpose, before_digest, after_digest, previous, digest"


def write(number: int = LENGTH) -> None:
    with transaction.atomic():
        for index in range(number):
            services.record(None, f"test.step_{index}", ("test", str(index)), purpose=Purpose.ADMINISTRATION)


def run(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def change() -> None:
    run("UPDATE audit_entry SET action = 'test.nothing' WHERE seq = 4")


def change_the_moment() -> None:
    run("UPDATE audit_entry SET at = '2020-01-01 00:00:00+00:00' WHERE seq = 4")


def remove() -> None:
    run("DELETE FROM audit_entry WHERE seq = 4")


def remove_and_close_the_gap() -> None:
    remove()
    for seq in range(5, LENGTH + 1):
        run("UPDATE audit_entry SET seq = %s WHERE seq = %s", seq - 1, seq)


def insert() -> None:
    for seq in range(LENGTH, 3, -1):
        run("UPDATE audit_entry SET seq = %s WHERE seq = %s", seq + 1, seq)
    run(f"INSERT INTO audit_entry (seq, {COLUMNS}) SELECT 4, {COLUMNS} FROM audit_entry WHERE seq = 3")


def reorder() -> None:
    for old, new in ((4, 100), (5, 4), (100, 5)):
        run("UPDATE audit_entry SET seq = %s WHERE seq = %s", new, old)


TAMPERINGS = [change, change_the_moment, remove, remove_and_close_the_gap, insert, reorder]


@pytest.mark.django_db
@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_each_tampering_is_noticed_and_the_first_bad_entry_named(tamper: Callable[[], None]) -> None:
    write()
    assert queries.verify().holds
    tamper()
    verdict = queries.verify()
    assert not verdict.holds
    assert verdict.first_bad == 4
    assert "entry 4" in verdict.why


@pytest.mark.django_db
def test_entries_cut_off_the_end_are_missed_and_a_moved_head_is_noticed() -> None:
    write()
    run("DELETE FROM audit_entry WHERE seq > 6")
    verdict = queries.verify()
    assert (verdict.holds, verdict.first_bad) == (False, 7)
    last = Entry.objects.get(seq=6)
    Head.objects.update(seq=6, digest=last.digest)
    assert "head" in queries.verify().why
    Head.objects.all().delete()
    assert "head" in queries.verify().why
    Entry.objects.all().delete()
    assert queries.verify().holds


@pytest.mark.django_db
def test_a_link_made_without_the_secret_does_not_hold() -> None:
    write(3)
    last = Entry.objects.get(seq=3)
    link = Link(4, services.as_text(clock.now()), "x", "a.b", "t", "1", "statistics", "", "", last.digest)
    forged = rules.link_digest(b"guess", link)
    Entry.objects.create(
        **{**{name: getattr(link, name) for name in Link.__slots__}, "digest": forged, "at": clock.now()}
    )
    verdict = queries.verify()
    assert (verdict.holds, verdict.first_bad) == (False, 4)


@pytest.mark.django_db
def test_an_entry_goes_back_with_what_it_records() -> None:
    write(2)
    agency = an_agency()

    def fail() -> None:
        with transaction.atomic():
            agency.name = "Changed"
            agency.save()
            services.record(None, "test.changed", agency, purpose=Purpose.ADMINISTRATION)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    agency.refresh_from_db()
    assert agency.name != "Changed"
    assert Entry.objects.count() == 2
    write(1)
    assert queries.verify().holds


@pytest.mark.django_db(transaction=True)
def test_nothing_is_written_outside_the_transaction_of_what_it_records() -> None:
    with pytest.raises(ValueError, match="transaction"):
        services.record(None, "test.alone", ("test", "1"), purpose=Purpose.ADMINISTRATION)


@pytest.mark.django_db
def test_the_chain_holds_digests_of_states_and_no_state() -> None:
    with transaction.atomic():
        services.record(
            None, "test.named", ("test", "1"), purpose=Purpose.ASSISTANCE, before={"n": "Amara"}, after={"n": "Adaeze"}
        )
    entry = Entry.objects.get()
    assert len({entry.before_digest, entry.after_digest}) == 2
    assert len(entry.before_digest) == 64
    assert "Amara" not in repr(Entry.objects.values().get())


@pytest.mark.django_db
def test_only_those_who_may_read_the_chain_see_it() -> None:
    write()
    for role in Role:
        seen = queries.entries_visible_to(a_person(role)).count()
        assert (seen > 0) is (role in {Role.ADMINISTRATOR, Role.RAPPORTEUR})


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_make_one_chain() -> None:
    gate = threading.Barrier(4)

    def writer(name: int) -> None:
        gate.wait()
        try:
            for index in range(8):
                with transaction.atomic():
                    services.record(None, "test.at_once", ("test", f"{name}-{index}"), purpose=Purpose.ADMINISTRATION)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(writer, range(4)))
    verdict = queries.verify()
    assert (verdict.holds, verdict.entries) == (True, 32)
    assert len(set(Entry.objects.values_list("object_id", flat=True))) == 32


@pytest.mark.django_db(transaction=True)
def test_a_check_waits_for_no_writer_and_checks_what_stood_when_it_began() -> None:
    write()
    writing, checked = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                services.record(None, "test.slow", ("test", "slow"), purpose=Purpose.ADMINISTRATION)
                writing.set()
                assert checked.wait(timeout=600)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        writer = threads.submit(hold)
        assert writing.wait(timeout=600)
        verdict = queries.verify()
        checked.set()
        writer.result()
    assert (verdict.holds, verdict.entries) == (True, LENGTH)
    assert queries.verify().entries == LENGTH + 1


WRITER = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "mainstay.site.settings"
import django
django.setup()
from django.db import transaction
from mainstay.audit import services
from mainstay.core.access import Purpose
for index in range(12):
    with transaction.atomic():
        services.record(None, "test.process", ("test", f"{sys.argv[1]}-{index}"), purpose=Purpose.ADMINISTRATION)
"""


def test_processes_at_the_same_time_make_one_chain_that_the_command_proves(node_command: Command) -> None:
    env = {"MAINSTAY_HOME": str(node_command.home), "PATH": ""}
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(name)], env=env) for name in range(3)]
    assert [writer.wait(timeout=600) for writer in writers] == [0, 0, 0]
    proved = node_command("audit", "verify", "--json")
    assert proved.returncode == 0
    document = json.loads(proved.stdout)
    assert document["holds"] is True
    assert document["entries"] >= 36
    with closing(connect(node_command.home / "mainstay.sqlite3")) as database, database:
        database.execute("UPDATE audit_entry SET object_id = 'other' WHERE seq = 17")
    caught = node_command("audit", "verify", "--json")
    assert caught.returncode == 1
    assert json.loads(caught.stdout)["first_bad"] == 17
    assert "entry 17" in caught.stderr
    assert node_command("audit", "verify").stdout == ""


LINKS = st.lists(st.text(max_size=8), min_size=1, max_size=12)


def a_chain(actions: list[str], secret: bytes) -> tuple[list[Link], tuple[int, str, str]]:
    links: list[Link] = []
    previous = rules.START
    for seq, action in enumerate(actions, start=1):
        at = services.as_text(datetime(2026, 3, 2, 9, seq, tzinfo=UTC))
        bare = Link(seq, at, "actor", action, "case", str(seq), "assistance", "", "", previous)
        previous = rules.link_digest(secret, bare)
        links.append(replace(bare, digest=previous))
    return links, (len(links), previous, rules.head_seal(secret, len(links), previous))


@settings(max_examples=200)
@given(LINKS, st.data())
def test_no_single_change_anywhere_in_a_chain_goes_unnoticed(actions: list[str], data: st.DataObject) -> None:
    links, head = a_chain(actions, b"secret")
    assert rules.verify_chain(b"secret", links, head).holds
    assert not rules.verify_chain(b"other", links, head).holds
    place = data.draw(st.integers(0, len(links) - 1))
    name = data.draw(st.sampled_from(Link.__slots__))
    old = getattr(links[place], name)
    new = old + 1 if isinstance(old, int) else f"{old}x"
    values = {slot: getattr(links[place], slot) for slot in Link.__slots__}
    changed = [*links[:place], Link(**{**values, name: new}), *links[place + 1 :]]
    verdict = rules.verify_chain(b"secret", changed, head)
    assert not verdict.holds
    assert verdict.first_bad is not None
    assert verdict.first_bad <= place + 2


@given(LINKS, st.data())
def test_no_link_can_be_left_out_doubled_or_moved(actions: list[str], data: st.DataObject) -> None:
    links, head = a_chain(actions, b"secret")
    order = data.draw(st.lists(st.sampled_from(range(len(links))), max_size=len(links) + 2))
    shown = [links[place] for place in order]
    assert rules.verify_chain(b"secret", shown, head).holds is (order == list(range(len(links))))
