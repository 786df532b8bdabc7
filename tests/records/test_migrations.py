import pytest
from django.core.management import call_command
from django.db import connection

FOR_LIKE = "SELECT count(*) FROM pg_indexes WHERE tablename LIKE %s AND indexdef LIKE %s"


def indexes_for_like() -> int:
    with connection.cursor() as cursor:
        cursor.execute(FOR_LIKE, ["records\\_%", "%\\_pattern\\_ops%"])
        return int(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_indexes_for_like_go_and_come_back(engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite has no second index for LIKE")
    assert indexes_for_like() == 0
    call_command("migrate", "records", "0002", verbosity=0)
    assert indexes_for_like() > 20
    call_command("migrate", "records", verbosity=0)
    assert indexes_for_like() == 0
