from pathlib import Path

import pytest

from tests.flows.school import School


@pytest.fixture
def school(db: None, tmp_path: Path) -> School:
    """The small school, its files not yet written."""
    return School(tmp_path / "home")
