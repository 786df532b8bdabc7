"""Django's flags of what this server can do, from the lines in flags.py."""

from typing import Any

from django.db.backends.postgresql import features

from .flags import BY_NAME


class _Asked:
    """A feature whose value is that of its line for the server's version."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.flag = BY_NAME[name]

    def __get__(self, instance: "DatabaseFeatures | None", owner: type) -> Any:
        return self if instance is None else self.flag.on(instance.connection.opengauss_version)


class DatabaseFeatures(features.DatabaseFeatures):
    """What differs from PostgreSQL; everything else is as there."""

    minimum_database_version = (5, 0, 0)
    supports_aggregate_filter_clause = _Asked()
    supports_covering_indexes = _Asked()
    supports_frame_exclusion = _Asked()
    supports_non_deterministic_collations = _Asked()
    supports_nulls_distinct_unique_constraints = _Asked()
    can_return_rows_from_upsert = _Asked()
    # Django's portable code names the target; the compiler refuses where another key could fire.
    supports_update_conflicts_with_target = True
    # Only template0 can be copied.
    can_clone_databases = False
    # Functions in plpgsql need the server's own log-in to be trusted (gs_source), so none is made.
    create_test_procedure_without_params_sql = None
    create_test_procedure_with_int_param_sql = None
    test_collations = {"deterministic": "C", "non_default": "C", "swedish_ci": None, "virtual": None}

    # The versions of PostgreSQL whose new words Django would write.
    is_postgresql_15 = False
    is_postgresql_16 = False
    is_postgresql_17 = False
