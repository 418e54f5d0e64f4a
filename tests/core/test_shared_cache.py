"""Tries are counted for all serving processes together, in words that no reader runs."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from mainstay.core import clock
from mainstay.core.models import SharedValue
from mainstay.core.shared_cache import SharedCache


@pytest.fixture
def cache(db: None) -> SharedCache:
    return SharedCache("", {})


@pytest.mark.parametrize("value", [1, "y", [1.5, 2.5], None, {"a": [True]}])
def test_what_json_holds_comes_back_as_it_was(cache: SharedCache, value: Any) -> None:
    cache.set("key", value, 60)
    assert cache.get("key", "missing") == value


def test_what_json_does_not_hold_is_not_kept(cache: SharedCache) -> None:
    with pytest.raises(TypeError):
        cache.set("key", object(), 60)
    assert not SharedValue.objects.exists()


def test_a_value_ends_and_may_be_added_again(cache: SharedCache, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache.add("key", 1, 60)
    assert not cache.add("key", 2, 60)
    later = clock.now() + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert cache.get("key") is None
    with pytest.raises(ValueError, match="not found"):
        cache.incr("key")
    assert cache.add("key", 3, 60)
    assert (cache.incr("key"), cache.decr("key"), cache.get("key")) == (4, 3, 3)
    assert cache.touch("key", 600)
    assert cache.delete("key")
    assert not cache.touch("key", 600)


def test_nothing_of_it_is_a_pickle(cache: SharedCache) -> None:
    cache.set("key", ["of", "tries"], None)
    assert SharedValue.objects.get().value == '["of", "tries"]'


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_moment_both_count() -> None:
    cache, start = SharedCache("", {}), threading.Barrier(4)
    cache.set("tries", 0, 60)

    def count() -> None:
        start.wait()
        for _ in range(10):
            cache.incr("tries")
        connection.close()

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.get("tries") == 40
