"""feeds.toml is typed and checked; a mistake is named with its entry and field."""

from datetime import date
from pathlib import Path

import pytest

from liwa.core.errors import ConfigError
from liwa.core.feeds import OutcomeRule, read_feeds

FULL = """
[campus]
name = "丽娃大学"
timezone = "Asia/Shanghai"
simulated = true
as_of = 2026-11-16

[outcome]
final = "Final exam"
pass_mark = 50

[[feed]]
name = "sis"
source = "oneroster"
path = "sis.zip"
schedule = "daily 02:00"

[[feed]]
name = "lms"
source = "activity"
path = "../exports/lms"
identity = "lms"
  [feed.columns]
  who = "account"
  [feed.fixed]
  unit = "click"
  [feed.verbs]
  view = "viewed"
  [feed.time]
  timezone = "Europe/London"
  format = "%Y-%m-%d"
  [feed.options]
  known_after_hours = 3
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "feeds.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    feeds = read_feeds(written(tmp_path, FULL))
    assert feeds.campus.as_of == date(2026, 11, 16)
    assert feeds.campus.zone.key == "Asia/Shanghai"
    assert feeds.outcome == OutcomeRule("Final exam", 50)
    lms = feeds.named("lms")
    assert feeds.feed[0].path == tmp_path / "sis.zip"
    assert lms.path == tmp_path.parent / "exports" / "lms"
    assert (lms.columns, lms.time.timezone, lms.options) == (
        {"who": "account"},
        "Europe/London",
        {"known_after_hours": 3},
    )
    with pytest.raises(ConfigError, match="No feed is called 'hr'") as error:
        feeds.named("hr")
    assert error.value.remedy == "Configured feeds: sis, lms."


def test_little_need_be_said(tmp_path: Path) -> None:
    feeds = read_feeds(written(tmp_path, ""))
    assert feeds.feed == ()
    assert feeds.outcome is None
    assert feeds.campus.as_of is None


def test_a_day_may_be_a_text(tmp_path: Path) -> None:
    feeds = read_feeds(written(tmp_path, '[campus]\nas_of = "2026-11-16"'))
    assert feeds.campus.as_of == date(2026, 11, 16)


SIS = '[[feed]]\nname = "sis"\nsource = "oneroster"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[feed]", "is not valid TOML"),
        ("[campus]\nzone = 'Asia/Shanghai'", "campus: .*zone"),
        ("[campus]\ntimezone = 'Asia/Atlantis'", r"\[campus\] timezone: 'Asia/Atlantis' is not a time zone"),
        ("[campus]\nas_of = 'soon'", "campus.as_of: "),
        ("[campus]\nsimulated = 'yes'", "campus.simulated: "),
        ("[outcome]\nfinal = 'x'\npass_mark = 101", r"\[outcome\] pass_mark is not a percentage"),
        ("[outcome]\npass_mark = 50", "outcome: .*final"),
        ("[[feed]]\nname = 'sis'\npath = 'x'", "feed 'sis': .*source"),
        ("[[feed]]\nsource = 'oneroster'\npath = 'x'", "feed number 1: .*name"),
        (SIS, "feed 'sis': path is missing"),
        (f"{SIS}path = 3", "feed 'sis' path: Expected a text, got 3"),
        (f"{SIS}path = 'x'\nshedule = 'hourly'", "feed 'sis': .*shedule"),
        (
            f"{SIS}path = 'x'\nschedule = 'daily 25:00'",
            "feed 'sis': schedule 'daily 25:00' is not understood",
        ),
        (f"{SIS}path = 'x'\nschedule = 'every 0 minutes'", "feed 'sis': schedule"),
        (f"{SIS}path = 'x'\nidentity = 'a:b'", "feed 'sis': identity 'a:b'"),
        (f"{SIS}path = 'x'\n[feed.time]\ntimezone = 'Mars'", r"feed 'sis': \[feed.time\] timezone: 'Mars'"),
        (f"{SIS}path = 'x'\n[feed.columns]\nwho = 3", r"feed 'sis' columns\S*: Expected `str`"),
        ("[[feed]]\nname = 'S I S'\nsource = 'x'\npath = 'y'", "feed 'S I S': a name has"),
        ("[[feed]]\nname = 'derived'\nsource = 'x'\npath = 'y'", "feed 'derived': that name is Liwa's own"),
        (f"{SIS}path = 'x'\n{SIS}path = 'y'", "two feeds are called sis"),
        (f"{SIS}path = 'x'\n[[feed]]\nname = 'b'\nsource = 'x'\npath = 'y'\nfixed = 1", "feed 'b' fixed: "),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, said: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=said) as error:
        read_feeds(path)
    assert str(path) in error.value.message


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no"):
        read_feeds(tmp_path / "feeds.toml")
    (tmp_path / "latin").write_bytes(b'[campus]\nname = "\xe9cole"\n')
    with pytest.raises(ConfigError, match="cannot be read"):
        read_feeds(tmp_path / "latin")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_feeds(tmp_path)
