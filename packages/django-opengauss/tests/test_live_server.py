"""Constraints, locks, introspection, migrations and flags on a server."""

import importlib
from typing import Any

from campus.models import Club, Mark, Poster, Pupil, School
from django.db import (
    DatabaseError,
    IntegrityError,
    NotSupportedError,
    connection,
    migrations,
    models,
    transaction,
)
from django.db.migrations.state import ProjectState
from run import ENGINE, SCHEMA
from server import OPENGAUSS, OURS, Live

flags = importlib.import_module(f"{ENGINE}.flags")


class Constraints(Live):
    def setUp(self) -> None:
        self.school = School.objects.create(code="a", name="A")

    def refused(self, name: str, **values: Any) -> None:
        with self.assertRaisesRegex(IntegrityError, name), transaction.atomic():
            Pupil.objects.create(**({"name": "Li", "school": self.school} | values))

    def test_check(self) -> None:
        self.refused("campus_hours", hours=-1)

    def test_partial_unique(self) -> None:
        Pupil.objects.create(name="Li", school=self.school, left=True)
        Pupil.objects.create(name="Li", school=self.school)
        self.refused("campus_one_of_a_name")

    def test_unique(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            School.objects.create(code="a", name="B")

    def test_foreign_key_at_the_end_of_the_transaction(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            Pupil.objects.create(name="Li", school_id=self.school.pk + 1)
            self.assertEqual(Pupil.objects.count(), 1)
        self.assertEqual(Pupil.objects.count(), 0)

    def test_constraints_checked_on_demand(self) -> None:
        with self.assertRaises(IntegrityError), transaction.atomic():
            Pupil.objects.create(name="Li", school_id=self.school.pk + 1)
            connection.check_constraints()


class Locks(Live):
    def setUp(self) -> None:
        Mark.objects.bulk_create([Mark(key=key, value=1) for key in "abc"])
        self.other = connection.copy("other")
        self.addCleanup(self.other.close)

    def asked(self, sql: str) -> list[Any]:
        with self.other.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def test_locked_rows_are_skipped(self) -> None:
        with transaction.atomic():
            held = Mark.objects.select_for_update(skip_locked=True).order_by("key")[:1]
            self.assertEqual([mark.key for mark in held], ["a"])
            others = self.asked('SELECT "key" FROM campus_mark ORDER BY "key" LIMIT 1 FOR UPDATE SKIP LOCKED')
        self.assertEqual(others, [("b",)])

    def test_nowait_and_no_key(self) -> None:
        with transaction.atomic():
            self.assertEqual(Mark.objects.select_for_update(no_key=True).get(key="a").value, 1)
            with self.assertRaises(DatabaseError):
                self.asked('SELECT "key" FROM campus_mark FOR UPDATE NOWAIT')

    def test_of_one_table(self) -> None:
        school = School.objects.create(code="a", name="A")
        Pupil.objects.create(name="Li", school=school)
        with transaction.atomic():
            pupil = Pupil.objects.select_related("school").select_for_update(of=["self"]).get()
            self.assertEqual(self.asked("SELECT code FROM campus_school FOR UPDATE NOWAIT"), [("a",)])
        self.assertEqual(pupil.school, school)


class Introspection(Live):
    def test_tables(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("CREATE VIEW campus_view AS SELECT 1 AS one")
            tables = {table.name: table.type for table in connection.introspection.get_table_list(cursor)}
            cursor.execute("DROP VIEW campus_view")
        expected = {
            f"campus_{name}": "t"
            for name in ("school", "club", "pupil", "pupil_clubs", "mark", "badge", "poster")
        }
        self.assertEqual(tables, expected | {"campus_view": "v"})

    def test_columns(self) -> None:
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, "campus_pupil")
        kinds = {one.name: connection.introspection.get_field_type(one.type_code, one) for one in columns}
        self.assertEqual(
            kinds,
            {
                "id": "BigAutoField",
                "name": "CharField",
                "school_id": "BigIntegerField",
                "hours": "IntegerField",
                "steps": "BigIntegerField",
                "left": "BooleanField",
                "born": "DateField",
                "joined": "DateTimeField",
                "data": "JSONField",
            },
        )
        said = {one.name: (one.null_ok, one.comment, bool(one.is_autofield)) for one in columns}
        self.assertEqual(
            (said["name"], said["born"]), ((False, "as on the card", False), (True, None, False))
        )
        self.assertEqual(said["id"], (False, None, True))

    def test_constraints_and_indexes(self) -> None:
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, "campus_pupil")
            clubs = connection.introspection.get_constraints(cursor, "campus_pupil_clubs")
        key = next(one for one in found.values() if one["primary_key"])
        self.assertEqual((key["columns"], key["unique"]), (["id"], True))
        self.assertTrue(found["campus_hours"]["check"])
        self.assertEqual(found["campus_hours"]["columns"], ["hours"])
        foreign = [one for one in found.values() if one["foreign_key"]]
        self.assertEqual([one["foreign_key"] for one in foreign], [("campus_school", "id")])
        index = found["campus_joined"]
        self.assertTrue(index["index"])
        self.assertEqual(index["orders"], ["DESC", "ASC"])
        self.assertEqual(
            (found["campus_steps"]["columns"], found["campus_steps"]["orders"]),
            (["steps", "hours"], ["DESC", "ASC"]),
        )
        self.assertEqual(found["campus_steps"]["type"], "idx")
        self.assertIn("upper", found["campus_upper"]["definition"].lower())
        self.assertEqual(
            (found["campus_upper"]["columns"], found["campus_one_of_a_name"]["unique"]), ([], True)
        )
        unique = [one["columns"] for one in clubs.values() if one["unique"] and not one["primary_key"]]
        self.assertIn(["pupil_id", "club_id"], unique)

    def test_relations_and_sequences(self) -> None:
        with connection.cursor() as cursor:
            relations = connection.introspection.get_relations(cursor, "campus_pupil")
            sequences = connection.introspection.get_sequences(cursor, "campus_poster")
        self.assertEqual(relations, {"school_id": ("id", "campus_school")})
        self.assertEqual(
            [(one["name"], one["column"]) for one in sequences], [("campus_poster_id_seq", "id")]
        )

    def test_on_postgresql_ours_finds_what_djangos_does(self) -> None:
        if OURS:
            self.skipTest("Django's own introspection asks catalogues of PostgreSQL")
        ours = importlib.import_module(f"{ENGINE}.introspection").DatabaseIntrospection(connection)
        theirs = connection.introspection
        with connection.cursor() as cursor:
            self.assertEqual(sorted(ours.get_table_list(cursor)), sorted(theirs.get_table_list(cursor)))
            for table in ours.get_table_list(cursor):
                with self.subTest(table.name):
                    self.assertEqual(
                        ours.get_constraints(cursor, table.name), theirs.get_constraints(cursor, table.name)
                    )
                    described = [
                        [
                            column._replace(is_autofield=False)
                            for column in one.get_table_description(cursor, table.name)
                        ]
                        for one in (ours, theirs)
                    ]
                    self.assertEqual(*described)


class Migrations(Live):
    """Forward and back, with data."""

    def test_forward_and_back(self) -> None:
        def fill(apps: Any, editor: Any) -> None:
            apps.get_model("campus", "Desk").objects.bulk_create(
                [apps.get_model("campus", "Desk")(place=number, label=str(number)) for number in range(3)]
            )

        steps = [
            [
                migrations.CreateModel(
                    "Room",
                    [("id", models.AutoField(primary_key=True)), ("name", models.CharField(max_length=5))],
                ),
                migrations.CreateModel(
                    "Desk",
                    [
                        ("id", models.AutoField(primary_key=True)),
                        ("place", models.IntegerField()),
                        ("label", models.CharField(max_length=5, db_index=True)),
                    ],
                ),
            ],
            [migrations.RunPython(fill, migrations.RunPython.noop)],
            [
                migrations.AddField("Desk", "wide", models.IntegerField(default=80)),
                migrations.AddField(
                    "Desk", "room", models.ForeignKey("campus.Room", models.CASCADE, null=True)
                ),
                migrations.AlterField("Desk", "id", models.BigAutoField(primary_key=True)),
                migrations.AlterField("Desk", "label", models.TextField(unique=True)),
                migrations.AlterField(
                    "Desk", "place", models.BigIntegerField(null=True, db_comment="from the door")
                ),
                migrations.RenameField("Desk", "wide", "width"),
            ],
            [
                migrations.AddIndex("Desk", models.Index(fields=["-width"], name="desk_width")),
                migrations.RenameIndex("Desk", "desk_broad", old_name="desk_width"),
                migrations.AddConstraint(
                    "Desk", models.CheckConstraint(condition=models.Q(width__gt=0), name="desk_some_width")
                ),
                migrations.AddConstraint(
                    "Desk", models.UniqueConstraint(fields=["room", "place"], name="desk_place")
                ),
                migrations.AddField("Desk", "data", models.JSONField(default=dict)),
                migrations.AddField("Desk", "since", models.DateTimeField(db_default=models.functions.Now())),
                migrations.RenameModel("Desk", "Table"),
            ],
        ]
        made, state = [], ProjectState()
        with connection.cursor() as cursor:
            before = set(connection.introspection.table_names(cursor))
        for number, operations in enumerate(steps):
            migration = migrations.Migration(f"step{number}", "campus")
            migration.operations = operations
            made.append((migration, state.clone()))
            with connection.schema_editor(atomic=True) as editor:
                state = migration.apply(state, editor)
        table = state.apps.get_model("campus", "Table")
        self.assertEqual(
            list(table.objects.order_by("pk").values_list("place", "label", "width", "data")),
            [(number, str(number), 80, {}) for number in range(3)],
        )
        self.assertEqual(table.objects.create(place=9, label="九", width=1).pk, 4)
        with self.assertRaises(IntegrityError), transaction.atomic():
            table.objects.create(place=10, label="九", width=1)
        for migration, earlier in reversed(made):
            with connection.schema_editor(atomic=True) as editor:
                migration.unapply(earlier, editor)
        with connection.cursor() as cursor:
            self.assertEqual(set(connection.introspection.table_names(cursor)), before)

    def test_an_ordinary_key_becomes_automatic_and_ordinary_again(self) -> None:
        Poster.objects.create(pk=7, text="a")
        automatic, plain = Poster._meta.pk, models.BigIntegerField(primary_key=True)
        plain.set_attributes_from_name("id")
        plain.model = Poster
        with connection.schema_editor() as editor:
            editor.alter_field(Poster, automatic, plain)
        with self.assertRaises(IntegrityError), transaction.atomic():
            self.rows("""INSERT INTO campus_poster ("text") VALUES ('b') RETURNING id""")
        with connection.schema_editor() as editor:
            editor.alter_field(Poster, plain, automatic)
        if OURS:  # an identity begins at 1
            self.assertEqual(Poster.objects.create(text="b").pk, 8)
        with connection.cursor() as cursor:
            self.assertEqual(len(connection.introspection.get_sequences(cursor, "campus_poster")), 1)

    def test_a_failed_change_leaves_nothing(self) -> None:
        with self.assertRaises(DatabaseError), connection.schema_editor(atomic=True) as editor:
            editor.create_model(type("Gone", (models.Model,), {"__module__": "campus.models"}))
            editor.execute("SELECT nothing FROM nowhere")
        with connection.cursor() as cursor:
            self.assertNotIn("campus_gone", connection.introspection.table_names(cursor))


class Servers(Live):
    def test_a_server_that_is_no_opengauss_is_refused(self) -> None:
        if OPENGAUSS:
            self.skipTest("this server is one")
        settings = {**connection.settings_dict, "ENGINE": ENGINE}
        wrapper = importlib.import_module(f"{ENGINE}.base").DatabaseWrapper(settings, "stranger")
        self.addCleanup(wrapper.close)
        with self.assertRaisesRegex(NotSupportedError, "neither openGauss nor GaussDB; it says: 'PostgreSQL"):
            wrapper.ensure_connection()
        self.assertIsNone(wrapper.connection)


class Sessions(Live):
    def test_temporary_tables_are_indexed_and_analysed_within_a_transaction(self) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE campus_waiting (a integer)")
            cursor.execute("INSERT INTO campus_waiting VALUES (1), (1)")
            with self.assertRaises(IntegrityError), transaction.atomic():
                cursor.execute("CREATE UNIQUE INDEX campus_waiting_a ON campus_waiting (a)")
            cursor.execute("CREATE INDEX campus_waiting_a ON campus_waiting (a)")
            cursor.execute("ANALYZE campus_waiting")
            cursor.execute("DROP INDEX IF EXISTS campus_waiting_a")
            self.assertEqual(self.rows("SELECT count(*) FROM campus_waiting"), [(2,)])
            cursor.execute("DROP TABLE campus_waiting")

    def test_where_a_sequence_is(self) -> None:
        School.objects.create(code="a", name="A")
        last = School.objects.create(code="b", name="B").pk
        ((sequence,),) = self.rows("SELECT pg_get_serial_sequence(%s, %s)", '"campus_school"', "id")
        self.assertEqual(self.rows(f"SELECT last_value FROM {sequence} WHERE is_called"), [(last,)])

    def test_how_long_one_may_be_silent(self) -> None:
        if not OPENGAUSS:
            self.skipTest("session_timeout is openGauss's")
        other = connection.copy("silent")
        self.addCleanup(other.close)
        other.settings_dict["OPTIONS"] = {**other.settings_dict["OPTIONS"], "session_timeout": 0}
        with other.cursor() as cursor:
            cursor.execute("SHOW session_timeout")
            self.assertEqual(cursor.fetchone(), ("0",))


class Flags(Live):
    """What the server can do is what the lines say: this fails when it becomes able of more."""

    def able(self, flag: Any) -> bool:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                row = None
                for statement in flag.probe:
                    cursor.execute(statement)
                    row = cursor.fetchone() if cursor.description else None
                transaction.set_rollback(True)
        except DatabaseError:
            return False
        return row is None or bool(row[0])

    def test_probes(self) -> None:
        for flag in flags.FLAGS:
            with self.subTest(flag.name):
                if not OPENGAUSS:
                    # ON DUPLICATE KEY is of openGauss alone; everything else PostgreSQL can do.
                    expected = flag.name != "can_return_rows_from_upsert"
                else:
                    if not connection.opengauss_version.open_source:
                        self.skipTest(
                            "nobody has asked a GaussDB yet; its numbers say nothing of openGauss's"
                        )
                    expected = flag.on(connection.opengauss_version)
                self.assertEqual(self.able(flag), expected, f"{flag.name}: {flag.reason}")

    def test_tables_are_in_the_schema(self) -> None:
        self.assertEqual(self.rows("SELECT current_schema()"), [(SCHEMA,)])
        self.assertEqual(Club.objects.count(), 0)
