"""`studentVle.csv` of the OULAD: ten million lines, each an event, some of them exactly alike and all kept."""

from duckdb import DuckDBPyConnection

from liwa.core.rows import BulkPart
from liwa.sources.bulk import problem, quoted, stage
from liwa.sources.oulad_days import LARGEST, Calendar, Presentation
from liwa.sources.tables import Table

# A field that reads the same after a cast and back is sound, which is quicker to see than to match patterns:
# those are for the few that do not.
WHOLE = """CASE WHEN try_cast({raw} AS BIGINT)::VARCHAR = {raw} THEN try_cast({raw} AS BIGINT)
    WHEN regexp_full_match({text}, '{pattern}') THEN {text}::DOUBLE::BIGINT END"""
NAME = "0|[1-9][0-9]{0,14}"
DAY = "-?[0-9]{1,6}([.]0*)?"
COUNT = "[0-9]{1,9}([.]0*)?"

STAGE = """
SELECT line, blank, klass, student, site, TRY_CAST(day AS INTEGER) AS day, TRY_CAST(clicks AS INTEGER) AS clicks, CASE
    WHEN klass IS NULL OR klass NOT IN ({classes}) THEN {no_class}
    WHEN student IS NULL OR student < 0 THEN {no_student}
    WHEN site IS NULL OR site < 0 THEN {no_site}
    WHEN day IS NULL OR abs(day) > {largest} THEN {no_day}
    WHEN clicks IS NULL OR clicks NOT BETWEEN 0 AND 999999999 THEN {no_clicks}
END AS problem
FROM (SELECT *, {klass} AS klass, {student} AS student, {site} AS site, {day} AS day, {clicks} AS clicks FROM records)
"""

DAYS = """
CREATE OR REPLACE TEMP TABLE oulad_days AS
SELECT klass, day, to_timestamp(starts) AS starts, to_timestamp(ends) AS ends
FROM (VALUES {rows}) AS days(klass, day, starts, ends)
"""

ACCEPTED = """
CREATE OR REPLACE TEMP VIEW accepted AS
SELECT s.line AS line,
    concat_ws('|', 'studentVle', s.klass, s.student, s.site, s.day, s.clicks) AS natural_key,
    d.starts AS occurred_at, d.ends AS known_at, s.student::VARCHAR AS "user", 'viewed' AS verb,
    s.site::VARCHAR AS object, 'resource' AS object_type, s.klass AS klass, s.clicks::DOUBLE AS amount, 'click' AS unit
FROM oulad_clicks s JOIN oulad_days d ON d.klass = s.klass AND d.day = s.day
WHERE s.problem IS NULL AND NOT s.blank
"""


def clicks_part(
    table: Table, names: tuple[str, ...], presentations: dict[str, Presentation], calendar: Calendar
) -> BulkPart:
    """The events of studentVle.csv: `viewed`, of a resource, on a day, `amount` clicks."""

    def prepare(connection: DuckDBPyConnection) -> None:
        stage(connection, table, "oulad_clicks", _select(table, names, presentations))
        _days(connection, presentations, calendar)
        connection.execute(ACCEPTED)

    return BulkPart(table.file, prepare)


def _select(table: Table, names: tuple[str, ...], presentations: dict[str, Presentation]) -> str:
    raw = [f"c{place}" for place in table.require(*names)]
    text = [f"nullif(trim({column}), '?')" for column in raw]

    def whole(place: int, pattern: str) -> str:
        return WHOLE.format(raw=raw[place], text=text[place], pattern=pattern)

    return STAGE.format(
        classes=", ".join(quoted(klass) for klass in presentations) or "''",
        klass=f"{text[0]} || '-' || {text[1]}",
        student=whole(2, NAME),
        site=whole(3, NAME),
        day=whole(4, DAY),
        clicks=whole(5, COUNT),
        largest=LARGEST,
        no_class=problem("code_presentation", "is no class of courses.csv", f"{raw[0]} || '-' || {raw[1]}"),
        no_student=problem("id_student", "is not a whole number", raw[2]),
        no_site=problem("id_site", "is not a whole number", raw[3]),
        no_day=problem("date", f"is not a day number from {-LARGEST} to {LARGEST}", raw[4]),
        no_clicks=problem("sum_click", "is not a whole number", raw[5]),
    )


def _days(connection: DuckDBPyConnection, presentations: dict[str, Presentation], calendar: Calendar) -> None:
    """The instants at which each day of each class that occurs begins and is over."""

    def seconds(klass: str, day: int) -> str:
        on = presentations[klass].day(day)
        return f"{calendar.start(on).timestamp():.0f}, {calendar.end(on).timestamp():.0f}"

    query = "SELECT DISTINCT klass, day FROM oulad_clicks WHERE problem IS NULL AND NOT blank"
    days = [(str(klass), int(day)) for klass, day in connection.execute(query).fetchall()]
    rows = [f"({quoted(klass)}, {day}, {seconds(klass, day)})" for klass, day in days] or ["('', 0, 0, 0)"]
    connection.execute(DAYS.format(rows=", ".join(rows)))
