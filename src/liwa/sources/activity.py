"""Activity CSV: who did what, when and how much; any card, library or LMS export, its columns mapped in feeds.toml."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from liwa.core.clock import now, start_of
from liwa.core.errors import ConfigError
from liwa.core.feeds import Campus, Feed
from liwa.core.rows import BulkPart
from liwa.sources import sources
from liwa.sources.bulk import problem, quoted, stage
from liwa.sources.files import open_file
from liwa.sources.options import check_options, text_option, whole_option
from liwa.sources.tables import Table, open_table

COLUMNS = ("who", "when", "what", "object", "object_type", "class", "amount", "unit", "id")
FIXED = ("what", "object", "object_type", "class", "amount", "unit")
# What rosters and gradebooks say; an activity file may use these words only where `verbs` maps to them.
RESERVED = ("registered", "withdrew", "submitted", "scored", "banked")
EPOCHS = {"epoch": 1_000_000, "epoch_ms": 1_000}  # microseconds in one
EARLIEST = "1990-01-01"

STAGE = """
SELECT line, blank, who, occurred_at, what, object, object_type, klass, amount, unit, id, CASE
    WHEN who IS NULL THEN {no_who}
    WHEN t_when IS NULL THEN {no_when}
    WHEN occurred_at IS NULL OR NOT isfinite(occurred_at) THEN {bad_when}
    WHEN occurred_at < TIMESTAMPTZ '{earliest}' THEN {too_early}
    WHEN occurred_at > TIMESTAMPTZ '{latest}' THEN {too_late}
    WHEN what IS NULL THEN {no_what}
    WHEN {reserved} THEN {bad_what}
    WHEN amount IS NULL OR NOT isfinite(amount) OR contains(t_amount, '_') THEN {bad_amount}
    {repeated}
END AS problem
FROM (
    SELECT *, {occurred} AS occurred_at, CASE WHEN t_amount IS NULL THEN 1 ELSE try_cast(t_amount AS DOUBLE) END AS amount
    FROM (
        SELECT line, blank, {who} AS who, {when} AS t_when, lower({what}) AS what, {object} AS object,
            {object_type} AS object_type, {class} AS klass, {amount} AS t_amount, {unit} AS unit, {id} AS id
        FROM records
    )
)
"""
REPEATED = (
    "WHEN id IS NULL THEN {no_id} WHEN row_number() OVER (PARTITION BY id ORDER BY line) > 1 THEN {twice}"
)

# The time in a text that says its own offset, and in one that does not.
ISO = """CASE WHEN length(t_when) > 16 AND (right(t_when, 1) IN ('Z', 'z') OR substr(t_when, -6, 1) IN ('+', '-')
        OR substr(t_when, -5, 1) IN ('+', '-') OR substr(t_when, -3, 1) IN ('+', '-'))
    THEN try_cast(t_when AS TIMESTAMPTZ)
    ELSE timezone({zone}, try_cast(t_when AS TIMESTAMP)) END"""
KEY = """concat_ws(chr(30), who, epoch_us(occurred_at), what, coalesce(object, ''), coalesce(klass, ''), amount,
    coalesce(object_type, ''), coalesce(unit, ''))"""
ACCEPTED = """
CREATE OR REPLACE TEMP VIEW accepted AS
SELECT line, {key} AS natural_key, occurred_at, occurred_at + INTERVAL {hours} HOUR AS known_at,
    {prefix} || who AS "user", {verb} AS verb, object, object_type, klass, amount, unit
FROM activity_lines WHERE problem IS NULL AND NOT blank
"""


@sources.register("activity")
def activity(feed: Feed, path: Path, campus: Campus) -> Iterator[BulkPart]:
    """One part: every line of the file an event.

    Options: `known_after_hours` (0), `encoding`, `delimiter` (',').
    Raises ConfigError for a mapping that cannot work, SourceError where the file lacks a mapped column.
    """
    check_options(feed, "known_after_hours", "encoding", "delimiter")
    _check_mapping(feed)
    _check_format(feed)
    hours = whole_option(feed, "known_after_hours")
    table = open_table(
        open_file(path), encoding=text_option(feed, "encoding"), delimiter=text_option(feed, "delimiter", ",")
    )
    table.require(*feed.columns.values())

    def prepare(connection: DuckDBPyConnection) -> None:
        stage(connection, table, "activity_lines", _select(feed, table, campus), ordered="id" in feed.columns)
        connection.execute(
            ACCEPTED.format(
                key="concat_ws(chr(30), 'id', id)" if "id" in feed.columns else KEY,
                hours=hours,
                prefix=quoted("" if feed.identity == "sourcedId" else f"{feed.identity}:"),
                verb=_verb(feed),
            )
        )

    yield BulkPart(table.file, prepare)


def _check_mapping(feed: Feed) -> None:
    for kind, said, known in (("columns", feed.columns, COLUMNS), ("fixed", feed.fixed, FIXED)):
        unknown = sorted(set(said) - set(known))
        if unknown:
            raise ConfigError(
                f"Feed {feed.name!r}: {kind}.{unknown[0]} means nothing.",
                remedy=f"It knows: {', '.join(known)}.",
            )
    for name in ("who", "when", "what"):
        if name not in feed.columns and not (name == "what" and feed.fixed.get("what")):
            raise ConfigError(
                f"Feed {feed.name!r}: columns.{name} is missing.", remedy=f"Say which column holds `{name}`."
            )
    amount = feed.fixed.get("amount", "1")
    try:
        float(amount)
    except ValueError:
        raise ConfigError(f"Feed {feed.name!r}: fixed.amount {amount!r} is not a number.") from None


def _check_format(feed: Feed) -> None:
    """Whether DuckDB, which will use it, understands the time format."""
    text = feed.time.format
    if not text or text in EPOCHS:
        return
    with duckdb.connect() as connection:
        try:
            connection.execute(f"SELECT try_strptime('', {quoted(text)})")
        except duckdb.Error as error:
            reason = str(error).partition("\n")[0]
            raise ConfigError(
                f"Feed {feed.name!r}: time.format {text!r} is not understood: {reason}",
                remedy="Use strptime codes such as %Y-%m-%d %H:%M:%S, or `epoch` or `epoch_ms`.",
            ) from None


def _field(feed: Feed, table: Table, name: str) -> str:
    """The SQL of one of our words: the mapped column, trimmed, or else the fixed value; NULL where blank."""
    fixed = quoted(feed.fixed[name]) if feed.fixed.get(name) else "NULL::VARCHAR"
    if name not in feed.columns:
        return fixed
    column = f"nullif(trim(c{table.require(feed.columns[name])[0]}), '')"
    return f"coalesce({column}, {fixed})" if feed.fixed.get(name) else column


def _occurred(feed: Feed, campus: Campus) -> str:
    zone = quoted(feed.time.timezone or campus.timezone)
    text = feed.time.format
    if text in EPOCHS:
        number = "CASE WHEN regexp_full_match(t_when, '[0-9]{1,14}([.][0-9]+)?') THEN t_when::DOUBLE END"
        return f"timezone('UTC', make_timestamp((({number}) * {EPOCHS[text]})::BIGINT))"
    if not text:
        return ISO.format(zone=zone)
    parsed = f"try_strptime(t_when, {quoted(text)})"
    return parsed if "%z" in text or "%Z" in text else f"timezone({zone}, {parsed})"


def _latest(campus: Campus) -> datetime:
    """A day after the day the file speaks of; what claims to be later comes from a wrong clock."""
    if campus.as_of:
        return start_of(campus.as_of + timedelta(2), campus.zone)
    return datetime.combine(now().date() + timedelta(2), time(), UTC)


def _select(feed: Feed, table: Table, campus: Campus) -> str:
    named = {name: feed.columns.get(name, name) for name in COLUMNS}
    fields = {name: _field(feed, table, name) for name in COLUMNS}
    mapped = {word.strip().lower() for word in feed.verbs}
    reserved = [
        f"what = {quoted(verb)}" for verb in RESERVED if verb not in mapped and "what" in feed.columns
    ]
    repeated = ""
    if "id" in feed.columns:
        no_id = problem(named["id"], "is missing", "''")
        repeated = REPEATED.format(
            no_id=no_id, twice=problem(named["id"], "has come before in this file", "id")
        )
    return STAGE.format(
        occurred=_occurred(feed, campus),
        earliest=f"{EARLIEST}T00:00:00+00:00",
        latest=_latest(campus).isoformat(),
        reserved=" OR ".join(reserved) or "false",
        no_who=problem(named["who"], "is missing", "''"),
        no_when=problem(named["when"], "is missing", "''"),
        bad_when=problem(named["when"], "is not a time in the feed's format", "t_when"),
        too_early=problem(named["when"], f"is before {EARLIEST}", "t_when"),
        too_late=problem(named["when"], "is in the future", "t_when"),
        no_what=problem(named["what"], "is missing", "''"),
        bad_what=problem(
            named["what"], "is a word of rosters and gradebooks: map it in [feed.verbs]", "what"
        ),
        bad_amount=problem(named["amount"], "is not a number", "t_amount"),
        repeated=repeated,
        **fields,
    )


def _verb(feed: Feed) -> str:
    """The SQL that turns the file's word into ours; a word without a mapping stays as it is, in lower case."""
    if not feed.verbs:
        return "what"
    cases = " ".join(
        f"WHEN {quoted(word.strip().lower())} THEN {quoted(verb.lower())}"
        for word, verb in feed.verbs.items()
    )
    return f"CASE what {cases} ELSE what END"
