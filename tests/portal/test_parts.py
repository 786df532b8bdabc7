"""The small parts of pages: ids in addresses, sparklines, charts, icons, days."""

from datetime import UTC, date, datetime

import pytest
from django.urls import resolve, reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from liwa.portal.charts import Chart, Series
from liwa.portal.converters import IdConverter
from liwa.portal.icons import ICONS
from liwa.portal.sparkline import HEIGHT, MARGIN, WIDTH, points
from liwa.portal.templatetags import portal as tags

IDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)


@given(IDS)
def test_any_id_survives_its_address(key: str) -> None:
    address = reverse("student", kwargs={"student": key})
    assert address.count("/") == 3
    from urllib.parse import unquote

    assert resolve(unquote(address)).kwargs == {"student": key}


@pytest.mark.parametrize("text", ["~x", "a~"])
def test_an_address_nobody_made_is_not_an_id(text: str) -> None:
    with pytest.raises(ValueError, match="unknown escape"):
        IdConverter().to_python(text)


@given(st.lists(st.none() | st.floats(0, 1e6), max_size=30))
def test_sparkline_points_stay_in_the_picture_and_none_is_lost(values: list[float | None]) -> None:
    runs = points(values)
    assert sum(len(run) for run in runs) == sum(value is not None for value in values)
    for x, y in (point for run in runs for point in run):
        assert MARGIN - 0.1 <= x <= WIDTH - MARGIN + 0.1
        assert MARGIN - 0.1 <= y <= HEIGHT - MARGIN + 0.1


def test_an_unknown_week_breaks_the_line() -> None:
    assert [len(run) for run in points([1, 2, None, 3])] == [2, 1]


def test_a_sparkline_says_its_figures() -> None:
    drawn = tags.sparkline([{"amount": 4.0}, {"amount": None}, {"amount": 7.0}])
    assert 'aria-label="Activity over 3 weeks; last week 7, most 7"' in drawn


@pytest.mark.parametrize("weeks", [[], [{"amount": None}]])
def test_no_data_is_said_not_drawn(weeks: list[dict[str, float | None]]) -> None:
    assert "no data" in tags.sparkline(weeks)


def test_a_chart_has_the_same_figures_as_a_table() -> None:
    chart = Chart(
        "Activity", "Week", ["1", "2"], [Series("Mine", [1.0, None]), Series("All", [2.0, 3.0], "peer")]
    )
    assert chart.rows() == [("1", [1.0, 2.0]), ("2", [None, 3.0])]
    drawn = tags.chart(chart, "one")
    assert '<script id="one" type="application/json">' in drawn
    assert drawn.count("<tr>") == 3


@pytest.mark.parametrize("name", ICONS)
def test_icons_are_drawn_with_plain_elements(name: str) -> None:
    from xml.etree import ElementTree

    tree = ElementTree.fromstring(f"<svg>{ICONS[name]}</svg>")
    assert {one.tag for one in tree.iter()} <= {"svg", "path", "circle", "ellipse"}


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (None, "never"),
        (date(2026, 11, 16), "today"),
        (date(2026, 11, 15), "1 day ago"),
        (date(2026, 11, 1), "15 days ago"),
        (date(2026, 9, 1), "1 Sep 2026"),
    ],
)
def test_how_long_ago(then: date | None, said: str) -> None:
    assert tags.ago(then, date(2026, 11, 16)) == said


@pytest.mark.parametrize(("then", "said"), [(16, "today"), (17, "tomorrow"), (20, "in 4 days")])
def test_how_long_until(then: int, said: str) -> None:
    assert tags.ahead(date(2026, 11, then), date(2026, 11, 16)) == said


def test_an_instant_is_shown_as_the_campus_day() -> None:
    with timezone.override("Asia/Shanghai"):
        assert tags.short_day(datetime(2026, 11, 15, 16, tzinfo=UTC)) == "16 Nov 2026"
    assert tags.short_day(None) == "–"


def test_percentages() -> None:
    assert tags.percent(0.786) == "79%"
    assert tags.in_percent(48.26, 1) == "48.3%"
    assert tags.percent(None) == "–"
