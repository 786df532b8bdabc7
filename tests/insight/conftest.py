"""A make-believe campus and a model trained on it, made once."""

from datetime import date, datetime

import pytest

from liwa.insight.risk import Model, train
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, at, made, tables

# Week 6 of the third term: two terms have ended.
AS_OF = at(date(2026, 3, 30))


@pytest.fixture(scope="session")
def as_of() -> datetime:
    return AS_OF


@pytest.fixture(scope="session")
def rows() -> Rows:
    return made(silent=("A-T0", "A-T1", "A-T2"))


@pytest.fixture(scope="session")
def campus(rows: Rows) -> Campus:
    return Campus(tables(rows), ZONE)


@pytest.fixture(scope="session")
def model(campus: Campus) -> Model:
    return train(campus, AS_OF, ZONE)
