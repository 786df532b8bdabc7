"""Everything a campus holds, in a form that two installations can be compared by.

`python -m tests.flows.state HOME` prints it as one JSON object: a hash for each table of the database and of the
lake. Left out are times of day and the numbers of loads and versions, which differ between any two runs.
"""

import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any

IGNORED = {
    "records_load": {"id", "started_at", "finished_at", "events_version", "message", "state"},
    "records_refused_row": {"id", "load_id", "refused_at", "resolved_by_id"},
    "digest_refresh": {"finished_at"},
    "digest_card": {"made_at"},
}
APPS = ("records", "digest")
# What says how it came about, not what there is.
SKIPPED = {"records_load", "records_lake_state"}


def hashed(rows: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for text in sorted(json.dumps(row, default=str, sort_keys=True) for row in rows):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def database() -> dict[str, str]:
    """A hash of each table's rows."""
    from django.apps import apps

    found = {}
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            name = model._meta.db_table
            if name in SKIPPED:
                continue
            fields = [
                field.attname
                for field in model._meta.concrete_fields
                if field.attname not in IGNORED.get(name, set())
            ]
            rows = model._default_manager.all()
            if name == "records_refused_row":
                rows = rows.filter(resolved_by=None)
            found[name] = hashed(rows.values(*fields))
    return found


def parsed(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its JSON read: engines write it with more or fewer blanks."""
    texts = {name: text for name, text in row.items() if isinstance(text, str) and text[:1] in ("{", "[")}
    return row | {name: json.loads(text) for name, text in texts.items()}


def lake() -> dict[str, str]:
    """A hash of the events and of each mirrored table, as readers see them."""
    from liwa.core.rows import RECORDS
    from liwa.flows.home import Home
    from liwa.flows.lakes import current_tables

    with current_tables(Home()) as tables:
        found = {"events": hashed(tables.raw_events.to_pyarrow().to_pylist())}
        for record in RECORDS:
            rows = getattr(tables, record.table).to_pyarrow().to_pylist()
            found[f"mirror {record.table}"] = hashed(map(parsed, rows))
    return found


def visible() -> dict[str, str]:
    """All that readers can see."""
    return database() | lake()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "liwa.settings"
    import django

    django.setup()
    print(json.dumps(visible()))
