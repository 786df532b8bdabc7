from pathlib import Path

import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker

from tests.flows.school import School


@pytest.fixture
def school(db: None, tmp_path: Path) -> School:
    """The small school, its files not yet written."""
    return School(tmp_path / "home")


@pytest.fixture
def other_databases(
    transactional_db: None, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test may open databases beside its own, which Django's test cases refuse."""
    monkeypatch.setattr(BaseDatabaseWrapper, "ensure_connection", django_db_blocker._real_ensure_connection)
