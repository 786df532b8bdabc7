"""`studentVle.csv` of the OULAD: ten million lines, each an event, some of them exactly alike and all kept."""


import pyarrow
from duckdb import DuckDBPyConnection

from liwa.core.rows import BulkPart
from liwa.sources.bulk import problem, quoted, stage
from liwa.sources.oulad_days import LARGEST, Calendar, Presentation
from liwa.sources.tables import Table

STAGE = """
SELECT line, blank, klass, student, site, day, clicks, CASE
    WHEN klass IS NULL OR klass NOT IN ({classes}) THEN {no_class}
    WHEN student IS NULL THEN {no_student}
    WHEN site IS NULL THEN {no_site}
    WHEN day IS NULL OR abs(day) > {largest} THEN {no_day}
    WHEN clicks IS NULL THEN {no_clicks}
END AS problem
FROM (
    SELECT line, blank, {student_id} AS t_student, {site_id} AS t_site, {date} AS t_day, {sum_click} AS t_clicks,
        {module} || '-' || {code} AS klass,
        CASE WHEN regexp_full_match(t_student, '0|[1-9][0-9]{{0,17}}') THEN t_student::BIGINT END AS student,
        CASE WHEN regexp_full_match(t_site, '0|[1-9][0-9]{{0,17}}') THEN t_site::BIGINT END AS site,
        CASE WHEN regexp_full_match(t_day, '-?[0-9]{{1,6}}([.]0*)?') THEN t_day::DOUBLE::INTEGER END AS day,
        CASE WHEN regexp_full_match(t_clicks, '[0-9]{{1,9}}([.]0*)?') THEN t_clicks::DOUBLE::INTEGER END AS clicks
    FROM records
)
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
    field = [f"nullif(trim(c{place}), '?')" for place in table.require(*names)]
    return STAGE.format(
        classes=", ".join(quoted(klass) for klass in presentations) or "''",
        module=field[0],
        code=field[1],
        student_id=field[2],
        site_id=field[3],
        date=field[4],
        sum_click=field[5],
        largest=LARGEST,
        no_class=problem("code_presentation", "is no class of courses.csv", "klass"),
        no_student=problem("id_student", "is not a whole number", "t_student"),
        no_site=problem("id_site", "is not a whole number", "t_site"),
        no_day=problem("date", f"is not a day number from {-LARGEST} to {LARGEST}", "t_day"),
        no_clicks=problem("sum_click", "is not a whole number", "t_clicks"),
    )


def _days(connection: DuckDBPyConnection, presentations: dict[str, Presentation], calendar: Calendar) -> None:
    """The instants at which each day of each class that occurs begins and is over."""
    query = "SELECT DISTINCT klass, day FROM oulad_clicks WHERE problem IS NULL AND NOT blank"
    days = [(str(klass), int(day)) for klass, day in connection.execute(query).fetchall()]
    dates = [presentations[klass].day(day) for klass, day in days]
    instant = pyarrow.timestamp("us", "UTC")
    found = pyarrow.table(
        {
            "klass": pyarrow.array([klass for klass, _ in days], pyarrow.string()),
            "day": pyarrow.array([day for _, day in days], pyarrow.int32()),
            "starts": pyarrow.array([calendar.start(on) for on in dates], instant),
            "ends": pyarrow.array([calendar.end(on) for on in dates], instant),
        }
    )
    connection.register("liwa_days", found)
    connection.execute("CREATE OR REPLACE TEMP TABLE oulad_days AS SELECT * FROM liwa_days")
    connection.unregister("liwa_days")
