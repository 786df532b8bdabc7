"""What is refused before any harm is done, and which remedy is named."""

import importlib
import unittest
from typing import Any
from unittest import mock

from campus.models import Badge, Mark, Pupil, School
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError, connections
from django.db.models import Q
from django.db.models.functions import SHA256
from never import Cursor, never, versions
from run import ENGINE, URL
from server import OPENGAUSS

checks = importlib.import_module(f"{ENGINE}.checks")
logins = importlib.import_module(f"{ENGINE}.logins")
flags = importlib.import_module(f"{ENGINE}.flags")
base = importlib.import_module(f"{ENGINE}.base")

HEALTHY: dict[str, Any] = {
    "SHOW sql_compatibility": "PG",
    "SHOW server_encoding": "UTF8",
    "SELECT current_schema()": "campus",
    "SELECT has_schema_privilege": True,
    "SELECT c.relname FROM pg_rlspolicy": None,
    "SHOW session_timeout": "10min",
}


class Answering(Cursor):
    """Answers a query by how it begins."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__([])
        self.answers = answers

    def fetchone(self) -> Any:
        asked = self.said[-1]
        if "clock_timestamp" in asked:
            from time import time

            return (time() + self.answers.get("late", 0),)
        return (next(answer for query, answer in self.answers.items() if asked.startswith(query)),)


def found(settings: dict[str, Any] | None = None, **answers: Any) -> dict[str, Any]:
    """The problems of a healthy server but for these answers, by their ids."""
    connection, _ = never("6.0.2")
    changed = {
        **HEALTHY,
        **{
            {
                "mode": "SHOW sql_compatibility",
                "encoding": "SHOW server_encoding",
                "schema": "SELECT current_schema()",
                "rights": "SELECT has_schema_privilege",
                "policy": "SELECT c.relname FROM pg_rlspolicy",
                "timeout": "SHOW session_timeout",
            }.get(k, k): v
            for k, v in answers.items()
        },
    }
    given = {**connection.settings_dict, **(settings or {})}
    with (
        mock.patch.object(connection, "settings_dict", given),
        mock.patch.object(connection, "cursor", lambda: Answering(changed)),
    ):
        return {problem.id: problem for problem in checks.problems(connection)}


class Server(unittest.TestCase):
    def test_a_healthy_server_has_no_problems(self) -> None:
        self.assertEqual(found(), {})

    def test_each_problem_names_its_remedy(self) -> None:
        cases: list[tuple[str, str, dict[str, Any]]] = [
            ("opengauss.E001", "DBCOMPATIBILITY 'PG'", {"mode": "A"}),
            ("opengauss.E002", "ENCODING 'UTF8'", {"encoding": "SQL_ASCII"}),
            ("opengauss.E003", "CREATE SCHEMA", {"schema": None}),
            ("opengauss.E004", "GRANT USAGE, CREATE", {"rights": False}),
            ("opengauss.E005", "DROP ROW LEVEL SECURITY POLICY", {"policy": "campus_mark"}),
            ("opengauss.W001", "NTP", {"late": 3600}),
            ("opengauss.W002", "CONN_HEALTH_CHECKS", {"settings": {"CONN_MAX_AGE": None}}),
            ("opengauss.W002", "below 60", {"settings": {"CONN_MAX_AGE": 60}, "timeout": "1min"}),
            ("opengauss.W002", "max_idle", {"settings": {"OPTIONS": {"pool": {"max_idle": 900}}}}),
            ("opengauss.W003", "CONN_HEALTH_CHECKS", {"settings": {"OPTIONS": {"pool": {"max_idle": 60}}}}),
        ]
        for name, remedy, answers in cases:
            with self.subTest(name, **answers):
                problem = found(**answers).get(name)
                self.assertIsNotNone(problem)
                self.assertIn(remedy, problem.hint)

    def test_no_timeout_is_no_problem(self) -> None:
        self.assertEqual(found(settings={"CONN_MAX_AGE": None}, timeout="0"), {})

    def test_another_mode_is_refused_at_the_first_connection(self) -> None:
        connection, _ = never("6.0.2")
        answers = {**HEALTHY, "SHOW sql_compatibility": "B"}
        with (
            mock.patch.object(connection, "cursor", lambda: Answering(answers)),
            self.assertRaisesRegex(NotSupportedError, "mode B; mode PG is needed.*DBCOMPATIBILITY 'PG'"),
        ):
            connection.check_database_version_supported()

    def test_a_server_is_asked_its_version_once_in_a_process(self) -> None:
        settings = {**connections["6.0.2"].settings_dict, "HOST": "asked.example.edu"}
        cursor = Cursor([("(openGauss 6.0.2 build 1) compiled",)])
        for _ in range(2):
            wrapper = base.DatabaseWrapper(settings, "asked")
            with mock.patch.object(wrapper, "temporary_connection", lambda: cursor):
                self.assertEqual(wrapper.get_database_version(), (6, 0, 2))
        self.assertEqual(cursor.said, ["SELECT version()"])

    def test_a_server_too_old_is_refused(self) -> None:
        connection, _ = never("6.0.2")
        old = {"opengauss_version": versions.parse("(openGauss 3.0.0 build 1)")}
        with (
            mock.patch.dict(connection.__dict__, old),
            self.assertRaisesRegex(NotSupportedError, "openGauss 5.0.0 or later is required"),
        ):
            connection.check_database_version_supported()


class Logins(unittest.TestCase):
    CASES = (
        ("none of the server's SASL authentication mechanisms are supported", "SHA-256 alone"),
        ("authentication method 13 not supported", "SM3"),
    )

    def test_what_to_ask_for(self) -> None:
        for said, word in self.CASES:
            wrapper = base.DatabaseWrapper({**connections["6.0.2"].settings_dict, "USER": "u"}, "x")
            failing = mock.Mock(side_effect=wrapper.Database.OperationalError(f"connection failed: {said}"))
            with (
                self.subTest(said),
                mock.patch.object(wrapper.Database, "connect", failing),
                self.assertRaises(wrapper.Database.OperationalError) as raised,
            ):
                wrapper.get_new_connection({})
            text = str(raised.exception)
            for part in (said, word, "password_encryption_type = 1", "set the password of this user again"):
                self.assertIn(part, text)

    def test_a_wrong_password_stays_as_it_is(self) -> None:
        self.assertIsNone(logins.advice("FATAL:  Invalid username/password,login denied."))


class Schema(unittest.TestCase):
    def test_it_is_the_search_path_from_the_start(self) -> None:
        settings = {
            **connections["6.0.2"].settings_dict,
            "OPTIONS": {"schema": "campus", "options": "-c a=b"},
        }
        parameters = base.DatabaseWrapper(settings, "x").get_connection_params()
        self.assertEqual(parameters["options"], "-c a=b -c search_path=campus")
        self.assertNotIn("schema", parameters)

    def test_names_that_need_quotes_are_refused(self) -> None:
        settings = {**connections["6.0.2"].settings_dict, "OPTIONS": {"schema": "x -c y=z"}}
        with self.assertRaises(ImproperlyConfigured):
            base.DatabaseWrapper(settings, "x").get_connection_params()


class Sessions(unittest.TestCase):
    def test_how_long_they_may_be_silent(self) -> None:
        for options, expected in (({}, []), ({"session_timeout": 0}, ["SET session_timeout = 0"])):
            settings = {**connections["6.0.2"].settings_dict, "OPTIONS": options}
            wrapper, session = base.DatabaseWrapper(settings, "x"), mock.Mock()
            with (
                self.subTest(options),
                mock.patch.object(wrapper, "_configure_timezone", lambda _: False),
            ):
                self.assertEqual(wrapper._configure_connection(session), bool(expected))
                self.assertEqual([call.args[0] for call in session.execute.call_args_list], expected)
            self.assertNotIn("session_timeout", wrapper.get_connection_params())


class Databases(unittest.TestCase):
    def test_those_for_tests_are_in_mode_pg(self) -> None:
        connection, _ = never("6.0.2")
        suffix = connection.creation.sql_table_creation_suffix()
        self.assertEqual(suffix, "WITH DBCOMPATIBILITY 'PG' ENCODING 'UTF8'")


class Pool(unittest.TestCase):
    def test_why_it_has_no_connection_is_found_out(self) -> None:
        said, word = Logins.CASES[0]
        settings = {
            **connections["6.0.2"].settings_dict,
            "OPTIONS": {"pool": {"timeout": 0.1, "min_size": 0}},
        }
        wrapper = base.DatabaseWrapper(settings, "pooled")
        failing = mock.Mock(side_effect=wrapper.Database.OperationalError(said))
        timed_out = wrapper.Database.OperationalError("couldn't get a connection after 0.10 sec")
        for errors, expected in ((1, word), (0, "couldn't get a connection")):
            pool = mock.Mock()
            pool.get_stats.return_value = {"connections_errors": errors}
            pool.getconn.side_effect = timed_out
            with (
                self.subTest(errors=errors),
                mock.patch.object(base.DatabaseWrapper, "pool", pool),
                mock.patch.object(wrapper.Database, "connect", failing),
                self.assertRaisesRegex(wrapper.Database.OperationalError, expected),
            ):
                wrapper.get_new_connection({})


class Words(unittest.TestCase):
    """What cannot be said on openGauss is refused rather than answered wrongly."""

    def _upsert(self, model: Any, update: list[str], unique: list[str], **row: Any) -> None:
        never("6.0.2")
        model.objects.using("6.0.2").bulk_create(
            [model(**row)], update_conflicts=True, update_fields=update, unique_fields=unique
        )

    def test_upsert_with_two_keys_that_could_fire(self) -> None:
        with self.assertRaisesRegex(NotSupportedError, r"also fire on the unique key \(id\)"):
            self._upsert(Badge, ["value"], ["code"], code="a")
        with self.assertRaisesRegex(NotSupportedError, r"also fire on the unique key \(id\)"):
            self._upsert(School, ["name"], ["code"], pk=3, code="a", name="A")

    def test_upsert_that_sets_nothing_asks_for_no_keys(self) -> None:
        connection, cursor = never("6.0.2")
        School.objects.using("6.0.2").bulk_create(
            [School(code="a", name="A")],
            update_conflicts=True,
            update_fields=["code"],
            unique_fields=["code"],
        )
        self.assertTrue(cursor.said[-1].endswith("ON DUPLICATE KEY UPDATE NOTHING"), cursor.said)
        self.assertIs(connection.features.can_return_rows_from_upsert, True)

    def test_upsert_on_what_is_no_key(self) -> None:
        with self.assertRaisesRegex(NotSupportedError, "no unique key"):
            self._upsert(Mark, ["note"], ["value"], key="a", value=1)

    def test_filtered_arrays_before_filter(self) -> None:
        connection, _ = never("5.0.1")
        arrays = School.objects.using("5.0.1").annotate(
            names=ArrayAgg("pupil__name", filter=Q(pupil__left=False))
        )
        with self.assertRaisesRegex(NotSupportedError, "from 6.0"):
            arrays.query.get_compiler(connection=connection).as_sql()

    def test_elements_from_the_end(self) -> None:
        connection, _ = never("6.0.2")
        for key in ("data__-1", "data__a__-2"):
            last = Pupil.objects.using("6.0.2").filter(**{key: 1})
            with self.subTest(key), self.assertRaisesRegex(NotSupportedError, "from the beginning only"):
                last.query.get_compiler(connection=connection).as_sql()

    def test_hashes(self) -> None:
        connection, _ = never("6.0.2")
        hashed = Pupil.objects.using("6.0.2").values_list(SHA256("name"))
        with self.assertRaisesRegex(NotSupportedError, "Hash in Python"):
            hashed.query.get_compiler(connection=connection).as_sql()


class Flags(unittest.TestCase):
    def test_on_from_their_version(self) -> None:
        rows = {
            "5.0.1": (False, False),
            "6.0.0": (True, False),
            "6.0.1": (True, False),
            "6.0.2": (True, True),
            "7.0.0-RC1": (True, True),
        }
        connection, _ = never("6.0.2")
        for text, expected in rows.items():
            version = {"opengauss_version": versions.parse(f"(openGauss {text} build 1)")}
            with self.subTest(text), mock.patch.dict(connection.__dict__, version):
                features = connection.features
                got = (features.supports_aggregate_filter_clause, features.can_return_rows_from_upsert)
                self.assertEqual(got, expected)

    def test_gaussdb_which_nobody_asked_is_able_of_nothing(self) -> None:
        version = versions.parse("gaussdb (GaussDB Kernel 505.2.0 build 1)")
        self.assertEqual([flag.name for flag in flags.FLAGS if flag.on(version)], [])

    def test_each_has_its_reason_and_probe(self) -> None:
        self.assertEqual(len(flags.BY_NAME), len(flags.FLAGS))
        for flag in flags.FLAGS:
            self.assertTrue(flag.reason and flag.probe, flag.name)


@unittest.skipUnless(URL, "needs a server: set OPENGAUSS_TEST_URL")
class Healthy(unittest.TestCase):
    def test_the_server_of_the_live_tests_has_no_errors(self) -> None:
        connection = connections["default"]
        if not OPENGAUSS:
            self.skipTest("PostgreSQL has no modes")
        self.assertEqual([p for p in checks.problems(connection) if p.is_serious()], [])
