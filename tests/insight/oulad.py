"""The lake's tables made straight from OULAD's files with DuckDB, as the sources and the lake would make them.

Keeps the tests and the benchmark of the models apart from the loader. Zip or folder; nothing is written.
"""

import os
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import ibis

ZONE = ZoneInfo("Europe/London")
ROOT = Path(os.environ.get("LIWA_REAL_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
ARCHIVE = ROOT / "oulad" / "anonymisedData.zip"

SQL = """
CREATE MACRO at_day(d) AS (d::TIMESTAMP AT TIME ZONE 'Europe/London');
CREATE MACRO by_end(d) AS (at_day(d + 1) - INTERVAL 1 MICROSECOND);
CREATE TABLE run AS SELECT code_module course, code_module || '-' || code_presentation sourced_id,
  CASE WHEN code_presentation LIKE '%B' THEN make_date(left(code_presentation, 4)::INT, 2, 1)
       ELSE make_date(left(code_presentation, 4)::INT, 10, 1) END starts_on,
  starts_on + module_presentation_length::INT ends_on, code_presentation AS term
  FROM read_csv('{dir}/courses.csv', all_varchar=true, nullstr='?');
CREATE TABLE klass AS SELECT sourced_id, course, starts_on, ends_on::DATE ends_on,
  sourced_id title, '["' || sourced_id || '"]' terms, NULL::VARCHAR school FROM run;
CREATE TABLE course AS SELECT DISTINCT course sourced_id, course title FROM run;
CREATE TABLE academic_session AS SELECT sourced_id, sourced_id title, 'term' AS "type", term parent, starts_on,
  ends_on FROM run UNION ALL SELECT term, term, 'semester', NULL, min(starts_on), max(ends_on) FROM run GROUP BY ALL;
CREATE TABLE info AS SELECT i.*, code_module || '-' || code_presentation klass, r.starts_on, r.ends_on,
  date_registration::INT reg, date_unregistration::INT unreg, klass || '-' || id_student sourced_id
  FROM read_csv('{dir}/studentInfo.csv', all_varchar=true, nullstr='?') i
  JOIN read_csv('{dir}/studentRegistration.csv', all_varchar=true, nullstr='?')
  USING (code_module, code_presentation, id_student)
  JOIN run r ON r.sourced_id = code_module || '-' || code_presentation;
CREATE TABLE enrollment AS SELECT sourced_id, klass, id_student "user", 'student' AS role,
  (starts_on + reg)::DATE begin_date, (starts_on + unreg)::DATE end_date, studied_credits::DOUBLE credits,
  num_of_prev_attempts::BIGINT earlier_attempts, coalesce(highest_education, '') prior_education FROM info;
CREATE TABLE demographics AS SELECT id_student sourced_id, any_value(gender) sex, any_value(age_band) age_band,
  any_value(disability = 'Y') disability, any_value(imd_band) deprivation, any_value(region) region
  FROM info GROUP BY ALL;
CREATE TABLE outcome AS SELECT sourced_id, final_result AS "value", final_result IN ('Pass', 'Distinction') success,
  by_end(CASE WHEN final_result = 'Withdrawn' AND unreg IS NOT NULL
    THEN starts_on + unreg ELSE ends_on END) known_at FROM info;
CREATE TABLE line_item AS SELECT id_assessment sourced_id, id_assessment title, assessment_type kind,
  NULL::DATE assign_date, coalesce(r.starts_on + "date"::INT, r.ends_on)::DATE due_date, r.sourced_id klass, weight::DOUBLE weight,
  100.0 result_value_max
  FROM read_csv('{dir}/assessments.csv', all_varchar=true, nullstr='?')
  JOIN run r ON r.sourced_id = code_module || '-' || code_presentation;
CREATE TABLE mark AS SELECT a.*, klass, (r.starts_on + date_submitted::INT) submitted_on
  FROM read_csv('{dir}/studentAssessment.csv', all_varchar=true, nullstr='?') a
  JOIN line_item l ON l.sourced_id = id_assessment JOIN run r ON r.sourced_id = klass;
CREATE TABLE result AS SELECT id_assessment || '-' || id_student sourced_id, id_assessment line_item,
  id_student student, 'fully graded' score_status, score::DOUBLE score, submitted_on::DATE score_date FROM mark;
CREATE TABLE events AS
  SELECT at_day(starts_on + reg) occurred_at, at_day(starts_on + reg) AS known_at, id_student "user", 'registered' AS verb,
    sourced_id AS "object", klass, NULL::DOUBLE amount FROM info WHERE reg IS NOT NULL
  UNION ALL SELECT by_end(starts_on + unreg), by_end(starts_on + unreg), id_student, 'withdrew',
    sourced_id, klass, NULL FROM info WHERE unreg IS NOT NULL
  UNION ALL SELECT at_day(submitted_on), by_end(submitted_on), id_student, 'submitted',
    id_assessment, klass, NULL FROM mark WHERE is_banked = '0'
  UNION ALL SELECT at_day(submitted_on + {marking}), by_end(submitted_on + {marking}), id_student, 'scored',
    id_assessment, klass, score::DOUBLE FROM mark WHERE is_banked = '0' AND score IS NOT NULL
  UNION ALL SELECT at_day(submitted_on), by_end(submitted_on), id_student, 'banked',
    id_assessment, klass, score::DOUBLE FROM mark WHERE is_banked = '1'
  UNION ALL SELECT at_day(r.starts_on + "date"::INT), by_end(r.starts_on + "date"::INT), id_student, 'viewed',
    id_site, r.sourced_id, sum_click::DOUBLE
    FROM read_csv('{dir}/studentVle.csv', all_varchar=true, nullstr='?')
    JOIN run r ON r.sourced_id = code_module || '-' || code_presentation;
"""
TABLES = [
    "events",
    "enrollment",
    "klass",
    "course",
    "line_item",
    "result",
    "outcome",
    "demographics",
    "academic_session",
]


def oulad_tables(source: Path = ARCHIVE, marking_days: int = 0) -> SimpleNamespace:
    """The tables of the contract, from OULAD's archive (or a folder of its files)."""
    backend = ibis.duckdb.connect(threads=2)
    with tempfile.TemporaryDirectory() as folder:
        if source.is_file():
            with zipfile.ZipFile(source) as archive:
                archive.extractall(folder)
            source = Path(folder)
        backend.con.execute("SET TimeZone = 'UTC'")
        backend.con.execute(SQL.replace("{dir}", str(source)).replace("{marking}", str(marking_days)))
    return SimpleNamespace(**{name: backend.table(name) for name in TABLES}, backend=backend)
