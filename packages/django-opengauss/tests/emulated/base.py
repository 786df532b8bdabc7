"""ENGINE = "emulated"."""

import importlib
import os
from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations as PostgresqlOperations
from run import ENGINE

base = importlib.import_module(f"{ENGINE}.base")
operations = importlib.import_module(f"{ENGINE}.operations")
versions = importlib.import_module(f"{ENGINE}.versions")


class Operations(operations.DatabaseOperations):
    def on_conflict_suffix_sql(self, *arguments: Any) -> str:
        return PostgresqlOperations.on_conflict_suffix_sql(self, *arguments)


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = Operations
    opengauss_version = versions.parse(f"(openGauss {os.environ.get('OPENGAUSS_TEST_EMULATED')} build 0)")

    def check_database_version_supported(self) -> None:
        """It is no openGauss."""
