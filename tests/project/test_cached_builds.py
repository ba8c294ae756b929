"""The cache of builds that test runs share: made once, never taken for whole when it is not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fixtures import cached_builds
from fixtures.cached_builds import find_entry, find_object


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Have a cache of its own for each test."""
    monkeypatch.setattr(cached_builds, "CACHE", tmp_path / "cache")
    return tmp_path / "cache"


def test_what_equal_inputs_give_is_made_once():
    made = []
    for inputs in ("a", "a", "b", "a"):
        assert find_object("thing", inputs, lambda i=inputs: made.append(i) or [i]) == [inputs]
    assert made == ["a", "b"]


def test_another_version_of_a_library_gives_another_entry(monkeypatch):
    first = find_entry("thing", "a", lambda folder: None)
    monkeypatch.setattr(cached_builds.metadata, "version", lambda name: "0.0")
    assert find_entry("thing", "a", lambda folder: None) != first


def test_a_run_that_is_interrupted_leaves_no_entry(cache):
    def fail(folder):
        (folder / "part").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_entry("thing", "a", fail)
    assert list(cache.glob("thing-*")) == []
    entry = find_entry("thing", "a", lambda folder: (folder / "whole").write_text(""))
    assert [path.name for path in entry.iterdir()] == ["whole"]


def test_while_one_makes_an_entry_others_wait_for_it():
    begun, goes_on, made = threading.Event(), threading.Event(), []

    def make():
        made.append(threading.get_ident())
        begun.set()
        assert goes_on.wait(10)
        return "made"

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(find_object, "thing", "a", make)
        assert begun.wait(10)
        others = [threads.submit(find_object, "thing", "a", make) for _ in range(2)]
        goes_on.set()
        assert [done.result() for done in (first, *others)] == ["made"] * 3
    assert len(made) == 1
