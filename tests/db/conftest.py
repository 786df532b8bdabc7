from collections.abc import Iterator

import pytest

from tests.db import sample


@pytest.fixture
def table(db: None) -> None:
    """The sample table, gone when the test's transaction is rolled back."""
    sample.create()


@pytest.fixture
def shared_table(transactional_db: None) -> Iterator[None]:
    """The sample table, visible to other connections."""
    sample.create()
    yield
    sample.drop()
