"""One small simulated campus for the tests to read."""

import csv
import io
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from liwa.simulate.campus import Summary, simulate
from liwa.simulate.world import World, create

STUDENTS = 240
Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Made:
    out: Path
    summary: Summary

    def text(self, name: str) -> str:
        """The text of a file of the folder, or of `sis.zip/<file>`."""
        archive, _, member = name.partition("/")
        if not member:
            return (self.out / name).read_text(encoding="utf-8")
        with zipfile.ZipFile(self.out / archive) as file:
            return file.read(member).decode()

    def rows(self, name: str) -> Rows:
        """All rows of a CSV file except those planted to be wrong."""
        wrong = {
            line
            for planted in self.summary.planted_refusals
            if planted.file == name
            for line in planted.lines
        }
        read = csv.DictReader(io.StringIO(self.text(name)))
        return [row for line, row in enumerate(read, start=2) if line not in wrong]


@pytest.fixture(scope="session")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Made:
    out = tmp_path_factory.mktemp("campus")
    return Made(out, simulate(out, students=STUDENTS, seed=7))


@pytest.fixture(scope="session")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """The same campus, three weeks earlier."""
    out = tmp_path_factory.mktemp("earlier")
    return Made(out, simulate(out, students=STUDENTS, seed=7, as_of=date(2026, 10, 12)))


@pytest.fixture(scope="session")
def world() -> World:
    """A campus large enough for statistics, not written."""
    return create(11, 2000, lambda done: None)
