"""The log is spared repetition, and nothing else."""

import logging

from liwa.core.logs import SECONDS, OncePerMinute


def _said(once: OncePerMinute, words: str, at: float) -> bool:
    record = logging.makeLogRecord({"msg": "%s failed", "args": (words,), "created": at})
    return bool(once.filter(record))


def test_the_same_words_are_let_through_once_a_minute() -> None:
    once = OncePerMinute()
    assert _said(once, "a", 1000.0)
    assert not _said(once, "a", 1001.0)
    assert _said(once, "b", 1001.0)
    assert not _said(once, "a", 1000.0 + SECONDS - 1)
    assert _said(once, "a", 1000.0 + SECONDS)


def test_it_remembers_no_more_than_a_few() -> None:
    once = OncePerMinute()
    assert all(_said(once, str(number), 1000.0) for number in range(10_000))
    assert len(once._said) <= 100
