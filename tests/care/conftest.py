"""What tests of care need."""

import pytest

from tests.care import school


@pytest.fixture
def campus(db: None) -> None:
    """The school of `tests.care.school`."""
    school.build()
