"""Files of what statements said: written once, read by number."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import Unavailable
from liwa.lake import payloads

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
tables = st.dictionaries(st.integers(1, 2**62), texts, min_size=1, max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=tables, asked=st.sets(st.integers(1, 2**62), max_size=5), size=st.integers(1, 9), data=st.data())
def test_what_is_written_is_read(tmp_path: Path, rows, asked, size, data) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payloads, "GROUP", size)
        kept = payloads.write(tmp_path, "2026-09", sorted(rows.items()))
    assert kept
    path = tmp_path / kept.name
    some = asked | data.draw(st.sets(st.sampled_from(sorted(rows))))
    assert payloads.read(path, some) == {seq: rows[seq] for seq in some if seq in rows}
    assert [row for group in payloads.every(path) for row in group] == sorted(rows.items())
    assert (kept.rows, kept.first, kept.last) == (len(rows), min(rows), max(rows))
    assert kept.payload_bytes == sum(len(text.encode()) for text in rows.values())
    assert kept.file_bytes == path.stat().st_size


def test_nothing_is_no_file(tmp_path: Path) -> None:
    assert payloads.write(tmp_path / "new", "2026-09", []) is None
    assert list((tmp_path / "new").iterdir()) == []


def test_what_nobody_names_is_removed(tmp_path: Path) -> None:
    kept = payloads.write(tmp_path, "2026-09", [(1, "{}")])
    assert kept
    payloads.write(tmp_path, "2026-09", [(1, "{}")])
    (tmp_path / ".2026-09.half.parquet").touch()
    payloads.remove_others(tmp_path, {kept.name})
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_disk_that_takes_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        payloads.write(tmp_path / "file", "2026-09", [(1, "{}")])


def test_a_disk_that_keeps_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payloads, "every", lambda path: iter([[(1, "other")]]))
    with pytest.raises(Unavailable, match="does not hold what was written"):
        payloads.write(tmp_path, "2026-09", [(1, "{}")])
    assert list(tmp_path.iterdir()) == []
