"""The server of the live tests: a schema of its own with the campus in it, dropped afterwards."""

import os
import unittest
from typing import Any

from campus.models import ALL
from django.db import connection
from django.test import TransactionTestCase
from run import SCHEMA, URL

OPENGAUSS = URL.partition("://")[0] in {"opengauss", "gaussdb"}
OURS = OPENGAUSS or "OPENGAUSS_TEST_EMULATED" in os.environ  # whose backend
WHY = "needs a server: set OPENGAUSS_TEST_URL=opengauss://user:password@host:5432/database"


def make() -> None:
    if not URL:
        raise unittest.SkipTest(WHY)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE SCHEMA "{SCHEMA}"')
    with connection.schema_editor() as editor:
        for model in ALL:
            editor.create_model(model)


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA "{SCHEMA}" CASCADE')
    connection.close()


class Live(TransactionTestCase):
    """A test on the server, whose tables are empty before it and flushed after it."""

    databases = {"default"}
    available_apps = ["campus"]

    @classmethod
    def setUpClass(cls) -> None:
        make()
        cls.addClassCleanup(drop)
        super().setUpClass()

    def rows(self, sql: str, *params: Any) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return list(cursor.fetchall())
