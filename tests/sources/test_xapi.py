"""Statements as events: words, amounts, maps that cannot work."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.core.errors import ConfigError, SourceError
from liwa.core.feeds import Feed
from liwa.sources.xapi import statement_map
from liwa.sources.xapi_files import texts
from liwa.sources.xapi_words import RESERVED, amount_of, last_part, minutes_of, verb_of


@pytest.mark.parametrize(
    ("iri", "verb"),
    [
        ("http://adlnet.gov/expapi/verbs/completed", "completed"),
        ("http://activitystrea.ms/schema/1.0/launch", "launched"),
        ("http://activitystrea.ms/schema/1.0/deny", "denied"),
        ("http://activitystrea.ms/schema/1.0/play", "played"),
        ("http://activitystrea.ms/schema/1.0/write", "wrote"),
        ("http://activitystrea.ms/schema/1.0/create/", "created"),
        ("http://activitystrea.ms/schema/1.0/read", "read"),
        ("http://id.tincanapi.com/verb/skipped", "skipped"),
        ("https://example.edu/vocabulary#Looked_At", "looked-at"),
        ("https://example.edu/verbs/%E8%A7%82%E7%9C%8B", "观看"),
        ("urn:example:12345", "12345"),
        ("https://example.edu/", "example.edu"),
        ("http://adlnet.gov/expapi/verbs/registered", "enrolled"),
        ("http://activitystrea.ms/schema/1.0/submit", "handed-in"),
    ],
)
def test_verbs(iri: str, verb: str) -> None:
    assert verb_of(iri) == verb


@given(st.text(min_size=1))
def test_a_verb_is_never_one_of_the_records(word: str) -> None:
    verb = verb_of(f"https://example.edu/{word}")
    assert verb
    assert verb not in RESERVED
    assert last_part(word)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("PT30M", 30.0),
        ("PT1H30M", 90.0),
        ("P1W", 10_080.0),
        ("P1DT0.5H", 1_470.0),
        ("PT90S", 1.5),
        ("P1Y2M", 613_620.0),
        ("PT0,5S", 0.008333),
        ("", None),
        ("P", None),
        ("PT", None),
        ("1 hour", None),
        ("PT1.2.3S", None),
    ],
)
def test_durations(text: str, minutes: float | None) -> None:
    assert minutes_of(text) == minutes


@given(st.timedeltas(timedelta(0), timedelta(days=999)))
def test_durations_of_any_length(length: timedelta) -> None:
    seconds = length / timedelta(seconds=1)
    assert minutes_of(f"PT{seconds:f}S") == pytest.approx(seconds / 60, abs=1e-6)


@pytest.mark.parametrize(
    ("result", "amount"),
    [
        ({}, (None, None)),
        ({"score": {"scaled": 0.855}}, (85.5, "percent")),
        ({"score": {"scaled": 0, "raw": 5, "max": 10}}, (0.0, "percent")),
        ({"score": {"raw": 5, "max": 10}}, (50.0, "percent")),
        ({"score": {"raw": 5}}, (None, None)),
        ({"score": {"raw": 5, "max": 0}, "duration": "PT2M"}, (2.0, "minute")),
    ],
)
def test_amounts(result: dict[str, Any], amount: tuple[float | None, str | None]) -> None:
    assert amount_of(result) == amount


def feed(**options: Any) -> Feed:
    return Feed(name="lrs", source="xapi", options=options)


@pytest.mark.parametrize(
    "options",
    [
        {"class_form": "parent"},
        {"class_from": "instructor"},
        {"class_from": []},
        {"class_from": [["parent"]]},
        {"classes": ["a"]},
        {"classes": {"a": 7}},
        {"classes": {"a": ""}},
        {"class_pattern": "("},
        {"class_pattern": "course"},
        {"class_pattern": "(a)(b)"},
        {"known_at": "yesterday"},
        {"known_after_hours": -1},
    ],
)
def test_a_map_that_cannot_work(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        statement_map(feed(**options))


def test_which_name_counts(tmp_path: Path) -> None:
    """The table goes before the file, and that before the pattern."""
    path = tmp_path / "classes.csv"
    path.write_text("class,activity\nfile,a:1\nfile,a:2\n", encoding="utf-8")
    mapped = statement_map(feed(classes={"a:1": "table"}, classes_file=str(path), class_pattern="a:(.)"))
    assert [mapped.name_of(f"a:{number}") for number in (1, 2, 3, 3)] == ["table", "file", "3", "3"]
    assert mapped.name_of("b:1") == ""


@pytest.mark.parametrize("content", ["activity,class\na,\n", 'activity,class\n"a,b\n', "activity\na\n"])
def test_a_file_of_classes_that_is_wrong(tmp_path: Path, content: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((ConfigError, SourceError)):
        statement_map(feed(classes_file=str(path)))


@given(st.lists(st.text(st.characters(blacklist_characters="\r\n", codec="utf-8"), max_size=20), max_size=5))
def test_every_line_is_given_once(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """Whatever is in a file, each line that is not blank is given, or one JSON text is."""
    path = tmp_path_factory.mktemp("texts") / "a.jsonl"
    path.write_text('{"id":"first"}\n' + "\n".join(lines), encoding="utf-8")
    found = list(texts(path))
    wanted = [line.encode().strip() for line in lines if line.encode().strip()]
    assert [text for _, text in found] == [b'{"id":"first"}', *wanted]
    assert sorted({line for line, _ in found}) == [line for line, _ in found]


def test_a_line_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liwa.sources.xapi_files.LINE", 64)
    path = tmp_path / "a.jsonl"
    path.write_text(f'{{"id":1}}\n{"x" * 200}\n{{"id":2}}\n', encoding="utf-8")
    assert list(texts(path)) == [(1, b'{"id":1}'), (2, b""), (3, b'{"id":2}')]
