"""The names users go by in other systems: card numbers, accounts, addresses."""

import re
from collections.abc import Iterator
from pathlib import Path

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Identity, Part, Record
from liwa.sources import sources
from liwa.sources.fields import MAX_ID, identifier
from liwa.sources.lines import Field, record_part
from liwa.sources.tables import FieldError, Row

KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@sources.register("identity")
def identity(feed: Feed, path: Path, _campus: Campus) -> Iterator[Part]:
    """Columns: userSourcedId, kind (the word a feed gives as its `identity`), value.

    Raises SourceError where the file or a column is missing.
    """
    yield record_part(
        feed, path, ("userSourcedId", "kind", "value"), Identity, _understand, key=("kind", "value")
    )


def _understand(field: Field, row: Row) -> Record:
    user = identifier("userSourcedId", field(row, "userSourcedId"))
    kind = identifier("kind", field(row, "kind"))
    if not KIND.fullmatch(kind):
        raise FieldError("kind", kind, "has other characters than letters, digits, '_', '.' and '-'")
    value = identifier("value", field(row, "value"))
    name = f"{kind}:{value}"
    if len(name) > MAX_ID:
        raise FieldError("value", value, f"has more than {MAX_ID} characters together with its kind")
    return Identity(sourced_id=name, kind=kind, value=value, user=user)
