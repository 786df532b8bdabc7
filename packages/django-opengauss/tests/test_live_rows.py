"""Rows on a server: the same answers on openGauss as on PostgreSQL."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from campus.models import Badge, Club, Mark, Poster, Pupil, School
from django.core.management.color import no_style
from django.db import DataError, IntegrityError, NotSupportedError, connection, transaction
from django.db.models import (
    Avg,
    Case,
    Count,
    F,
    IntegerField,
    JSONField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.fields.json import KT
from django.db.models.functions import (
    Cast,
    Concat,
    ExtractHour,
    ExtractYear,
    Greatest,
    JSONArray,
    JSONObject,
    Lag,
    Least,
    Length,
    Mod,
    Now,
    RowNumber,
    TruncDay,
    TruncMonth,
)
from server import Live


class Rows(Live):
    def setUp(self) -> None:
        self.school = School.objects.create(code="a", name="北京大学")

    def pupil(self, name: str, **values: object) -> Pupil:
        return Pupil.objects.create(name=name, school=self.school, **values)

    def test_create_read_update_delete(self) -> None:
        pupil = self.pupil("Li", hours=3, born=date(2008, 2, 29))
        self.assertIsNotNone(pupil.pk)
        self.assertEqual(Pupil.objects.filter(pk=pupil.pk).update(hours=F("hours") + 1), 1)
        pupil.refresh_from_db()
        self.assertEqual((pupil.hours, pupil.born), (4, date(2008, 2, 29)))
        self.assertIs(type(pupil.born), date)
        self.assertEqual(pupil.delete()[0], 1)
        self.assertFalse(Pupil.objects.exists())

    def test_many_rows_get_their_keys(self) -> None:
        made = Club.objects.bulk_create([Club(name=f"c{number}") for number in range(500)], batch_size=200)
        self.assertEqual({club.pk: club.name for club in made}, dict(Club.objects.values_list("pk", "name")))

    def test_bulk_update(self) -> None:
        pupils = [self.pupil(str(number)) for number in range(5)]
        for number, pupil in enumerate(pupils):
            pupil.hours, pupil.data = number, {"n": number}
        Pupil.objects.bulk_update(pupils, ["hours", "data"])
        self.assertEqual(list(Pupil.objects.order_by("pk").values_list("hours", flat=True)), [0, 1, 2, 3, 4])
        self.assertEqual(Pupil.objects.get(data__n=3).hours, 3)

    def test_conflicts_are_ignored(self) -> None:
        Mark.objects.create(key="a", value=1, note="first")
        Mark.objects.bulk_create([Mark(key="a", value=2), Mark(key="b", value=3)], ignore_conflicts=True)
        self.assertEqual(list(Mark.objects.order_by("key").values_list("key", "value")), [("a", 1), ("b", 3)])

    def test_conflicts_update(self) -> None:
        Mark.objects.create(key="a", value=1, note="first")
        Mark.objects.bulk_create(
            [Mark(key="a", value=2, note="new"), Mark(key="b", value=3)],
            update_conflicts=True,
            update_fields=["value"],
            unique_fields=["key"],
        )
        kept = list(Mark.objects.order_by("key").values_list("key", "value", "note"))
        self.assertEqual(kept, [("a", 2, "first"), ("b", 3, "")])

    def test_conflicts_by_another_key_than_the_automatic(self) -> None:
        made = School.objects.bulk_create(
            [School(code="a", name="清华大学"), School(code="b", name="B")],
            update_conflicts=True,
            update_fields=["name", "code"],
            unique_fields=["code"],
        )
        self.assertEqual(dict(School.objects.values_list("code", "name")), {"a": "清华大学", "b": "B"})
        if getattr(connection.features, "can_return_rows_from_upsert", True):
            self.assertEqual(made[0].pk, self.school.pk)
        else:
            self.assertIsNone(made[0].pk)

    def test_an_upsert_changes_no_other_row(self) -> None:
        first = Badge.objects.create(code="a", value=1)
        try:
            with transaction.atomic():
                Badge.objects.bulk_create(
                    [Badge(pk=first.pk, code="b", value=2)],
                    update_conflicts=True,
                    update_fields=["value"],
                    unique_fields=["code"],
                )
        except (IntegrityError, NotSupportedError):
            pass
        else:
            self.fail("it is an error on PostgreSQL and refused on openGauss")
        self.assertEqual(list(Badge.objects.values_list("code", "value")), [("a", 1)])

    def test_many_to_many_added_twice(self) -> None:
        pupil, clubs = self.pupil("Li"), [Club.objects.create(name=name) for name in "ab"]
        pupil.clubs.add(clubs[0])
        pupil.clubs.add(*clubs)
        self.assertEqual(pupil.clubs.count(), 2)
        pupil.clubs.set([clubs[1]])
        self.assertEqual(list(pupil.clubs.values_list("name", flat=True)), ["b"])

    def test_get_or_create_and_savepoints(self) -> None:
        with transaction.atomic():
            try:
                with transaction.atomic():
                    School.objects.create(code="a", name="again")
            except IntegrityError:
                pass
            self.assertFalse(School.objects.get_or_create(code="a")[1])
            self.assertTrue(School.objects.update_or_create(code="z", defaults={"name": "Z"})[1])
        self.assertEqual(School.objects.count(), 2)

    def test_integers_are_divided_towards_zero(self) -> None:
        cases = [(7, 2), (-7, 2), (7, -2), (-7, -2), (0, 3), (2**62 + 1, 2), (-(2**62) - 1, 2)]
        for above, below in cases:
            Pupil.objects.all().delete()
            self.pupil("Li", steps=above)
            expected = abs(above) // abs(below) * (1 if (above < 0) == (below < 0) else -1)
            rest = abs(above) % abs(below) * (-1 if above < 0 else 1)
            half, remainder, modulo = Pupil.objects.values_list(
                F("steps") / below, F("steps") % below, Mod("steps", Value(below))
            ).get()
            with self.subTest(above=above, below=below):
                self.assertEqual((half, remainder), (expected, rest))
                self.assertEqual(modulo, rest)
                self.assertEqual(type(half), int)
        Pupil.objects.update(hours=7)
        Pupil.objects.update(hours=F("hours") / 2)
        self.assertEqual(Pupil.objects.get().hours, 3)

    def test_what_is_no_integer_is_divided_as_such(self) -> None:
        self.pupil("Li", hours=7, steps=7, born=date(2009, 1, 1))
        row = Pupil.objects.aggregate(
            summed=Sum("hours") / 2,
            mean=Avg("hours") / 2,
            count=Count("pk") / 2,
            top=Max("hours") / 2,
        )
        self.assertEqual((row["summed"], row["count"], row["top"]), (3, 0, 3))
        year, wide = Pupil.objects.values_list(
            Cast(ExtractYear("born") / 2, output_field=_decimal()),
            Cast(F("hours") / Decimal("2.0"), _decimal()),
        ).get()
        self.assertEqual((year, wide, float(row["mean"])), (Decimal("1004.5"), Decimal("3.5"), 3.5))

    def test_aggregates_of_some_rows(self) -> None:
        for name, hours in (("a", 1), ("b", 5), ("c", 9)):
            self.pupil(name, hours=hours, left=hours > 5)
        row = School.objects.aggregate(
            gone=Count("pupil", filter=Q(pupil__left=True)),
            here=Sum("pupil__hours", filter=Q(pupil__left=False)),
        )
        self.assertEqual(row, {"gone": 1, "here": 6})

    def test_windows_subqueries_cases_and_distinct_on(self) -> None:
        for name, hours in (("a", 1), ("b", 5), ("c", 9)):
            self.pupil(name, hours=hours)
        ranked = Pupil.objects.annotate(
            place=Window(RowNumber(), order_by=F("hours").desc()),
            before=Window(Lag("hours"), order_by=F("hours").asc()),
            sort=Case(When(hours__gt=4, then=Value("much")), default=Value("little")),
        )
        self.assertEqual(
            list(ranked.order_by("name").values_list("place", "before", "sort")),
            [(3, None, "little"), (2, 1, "much"), (1, 5, "much")],
        )
        best = Pupil.objects.filter(school=OuterRef("pk")).order_by("-hours").values("name")[:1]
        self.assertEqual(School.objects.annotate(best=Subquery(best)).get().best, "c")
        self.assertEqual(
            [pupil.name for pupil in Pupil.objects.order_by("school", "-hours").distinct("school")], ["c"]
        )
        self.assertEqual(len(Pupil.objects.filter(hours=1).union(Pupil.objects.filter(hours=5))), 2)

    def test_the_greatest_of_some_and_null(self) -> None:
        self.pupil("a", hours=1)
        nothing = Value(None, IntegerField())
        both = Pupil.objects.values_list(Greatest("hours", nothing), Least("hours", nothing)).get()
        self.assertEqual(both, (1, 1) if connection.features.greatest_least_ignores_nulls else (None, None))

    def test_empty_text_is_not_null(self) -> None:
        Mark.objects.create(key="a", value=1, note="")
        self.assertEqual(Mark.objects.filter(note="").count(), 1)
        self.assertEqual(Mark.objects.filter(note__isnull=True).count(), 0)
        self.assertEqual(
            Mark.objects.values_list(
                Concat("note", Value("x"), "key", output_field=TextField()), flat=True
            ).get(),
            "xa",
        )
        self.assertEqual(self.rows("SELECT count(*) FROM campus_mark WHERE note = ''"), [(1,)])

    def test_chinese_text(self) -> None:
        school = School.objects.create(code="汉", name="智慧校园一")  # five characters, fifteen bytes
        self.assertEqual(School.objects.get(name__contains="校园").pk, school.pk)
        self.assertEqual(School.objects.get(name__istartswith="智慧").pk, school.pk)
        self.assertEqual(School.objects.filter(code="汉").values_list(Length("name"), flat=True).get(), 5)
        self.assertEqual(School.objects.get(name__regex="^智.校").pk, school.pk)
        with self.assertRaises(DataError), transaction.atomic():
            School.objects.create(code="x", name="智慧校园一号")
        Mark.objects.create(key="表情", value=1, note="𠮷😀 \\ ' \" % %s")
        self.assertEqual(Mark.objects.get(note__endswith="%s").note, "𠮷😀 \\ ' \" % %s")

    def test_time_zones(self) -> None:
        at = datetime(2026, 3, 28, 20, 30, tzinfo=UTC)  # the 29th in Shanghai, and Berlin's clocks go forward
        self.pupil("Li", joined=at)
        pupil = Pupil.objects.get()
        self.assertEqual(pupil.joined, at)
        shanghai, berlin = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
        here, there, hour, day = Pupil.objects.values_list(
            TruncDay("joined"), TruncMonth("joined", tzinfo=berlin), ExtractHour("joined"), "joined__date"
        ).get()
        self.assertEqual(here, datetime(2026, 3, 29, tzinfo=shanghai))
        self.assertEqual(there, datetime(2026, 3, 1, tzinfo=berlin))
        self.assertEqual((hour, day), (4, date(2026, 3, 29)))
        self.assertEqual(str(hour), "4")
        self.assertEqual(Pupil.objects.filter(joined__date=date(2026, 3, 29), joined__year=2026).count(), 1)
        self.assertEqual(Pupil.objects.filter(joined__lte=Now()).count(), int(at <= datetime.now(UTC)))

    def test_streaming(self) -> None:
        Club.objects.bulk_create([Club(name=f"社团{number}") for number in range(3000)])
        names = [club.name for club in Club.objects.order_by("pk").iterator(chunk_size=100)]
        with transaction.atomic():
            again = [club.name for club in Club.objects.order_by("pk").iterator(chunk_size=700)]
        self.assertEqual(names, [f"社团{number}" for number in range(3000)])
        self.assertEqual(again, names)

    def test_flush_begins_to_count_anew(self) -> None:
        Poster.objects.bulk_create([Poster(text="a"), Poster(text="b")])
        statements = connection.ops.sql_flush(no_style(), ["campus_poster"], reset_sequences=True)
        connection.ops.execute_sql_flush(statements)
        self.assertEqual(Poster.objects.create(text="c").pk, 1)

    def test_counting_goes_on_after_given_keys(self) -> None:
        Poster.objects.create(pk=41, text="a")
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), [Poster]):
                cursor.execute(statement)
        self.assertEqual(Poster.objects.create(text="b").pk, 42)

    def test_explain(self) -> None:
        self.assertIn("campus_poster", Poster.objects.filter(pk=1).explain(analyze=True, format="text"))


class Documents(Live):
    """JSON: look-ups, key transforms and building."""

    DATA = {
        "one": {"a": 1, "b": {"c": "X", "d": [1, {"e": 2}]}, "name": "李"},
        "two": {"a": None, "b": {"c": "y"}, "f": 2.5, "": 0},
        "list": [10, "ten", {"a": 1}],
        "text": "x",
        "null": None,
    }
    CASES = (
        ({"data__a": 1}, {"one"}),
        ({"data__a": None}, {"two"}),
        ({"data__a__isnull": True}, {"list", "text", "null", "nothing"}),
        ({"data__a__isnull": False}, {"one", "two"}),
        ({"data__b__c": "X"}, {"one"}),
        ({"data__b__c__iexact": "Y"}, {"two"}),
        ({"data__b__c__in": ["X", "z"]}, {"one"}),
        ({"data__b__d__1__e": 2}, {"one"}),
        ({"data__b__d__0__gte": 1}, {"one"}),
        ({"data__f__lt": 3}, {"two"}),
        ({"data__0": 10}, {"list"}),
        ({"data__1__startswith": "te"}, {"list"}),
        ({"data__name__contains": "李"}, {"one"}),
        ({"data__name__regex": "^李$"}, {"one"}),
        ({"data__contains": {"b": {"c": "y"}}}, {"two"}),
        ({"data__contained_by": {"a": None, "b": {"c": "y"}, "f": 2.5, "": 0, "z": 1}}, {"two"}),
        ({"data__b__contains": {"c": "X"}}, {"one"}),
        ({"data__has_key": "f"}, {"two"}),
        ({"data__b__has_key": "d"}, {"one"}),
        ({"data__has_keys": ["a", "name"]}, {"one"}),
        ({"data__has_any_keys": ["name", "f"]}, {"one", "two"}),
        ({"data": "x"}, {"text"}),
        ({"data": [10, "ten", {"a": 1}]}, {"list"}),
        ({"data": Value(None, JSONField())}, {"null"}),
        ({"data__isnull": True}, {"nothing"}),
    )

    def setUp(self) -> None:
        school = School.objects.create(code="a", name="A")
        rows = [
            Pupil(name=name, school=school, data=data) for name, data in self.DATA.items() if name != "null"
        ]
        rows += [
            Pupil(name="null", school=school, data=Value(None, JSONField())),
            Pupil(name="nothing", school=school),
        ]
        Pupil.objects.bulk_create(rows)

    def test_look_ups(self) -> None:
        every = {*self.DATA, "nothing"}
        for asked, expected in self.CASES:
            with self.subTest(**asked):
                self.assertEqual(set(Pupil.objects.filter(**asked).values_list("name", flat=True)), expected)
                if "isnull" in str(asked):
                    rest = Pupil.objects.exclude(**asked)
                    self.assertEqual(set(rest.values_list("name", flat=True)), every - expected)

    def test_what_keys_hold(self) -> None:
        one = Pupil.objects.filter(name="one")
        self.assertEqual(
            one.values_list("data__b", "data__a", "data__b__d", KT("data__b__c")).get(),
            (
                {"c": "X", "d": [1, {"e": 2}]},
                1,
                [1, {"e": 2}],
                "X",
            ),
        )
        self.assertEqual(
            list(
                Pupil.objects.filter(data__has_key="a").order_by("data__b__c").values_list("name", flat=True)
            ),
            ["one", "two"],
        )
        self.assertEqual(
            Pupil.objects.values("data__a").annotate(n=Count("pk")).filter(data__a=1).get()["n"], 1
        )

    def test_keys_cannot_speak_sql(self) -> None:
        for key in ("x' OR '1'='1", 'x"', "x%s", "x'); --"):
            with self.subTest(key):
                self.assertFalse(Pupil.objects.filter(**{f"data__{key}": 1}).exists())

    def test_building(self) -> None:
        row = Pupil.objects.filter(name="one").values_list(
            JSONObject(
                n="name", whole="data", key="data__b__c", text=Value("x"), h="hours", nothing=Value(None)
            ),
            JSONArray("hours", Value("x"), "data__a", JSONArray(), JSONObject()),
        )
        self.assertEqual(
            row.get(),
            (
                {"n": "one", "whole": self.DATA["one"], "key": "X", "text": "x", "h": 0, "nothing": None},
                [0, "x", 1, [], {}],
            ),
        )

    def test_gathering(self) -> None:
        from django.contrib.postgres.aggregates import JSONBAgg, StringAgg

        school = School.objects.annotate(
            names=JSONBAgg("pupil__name", order_by="pupil__name"),
            some=StringAgg(
                "pupil__name", ",", filter=Q(pupil__name__in=["one", "two"]), order_by="pupil__name"
            ),
        ).get()
        self.assertEqual(school.names, sorted([*self.DATA, "nothing"]))
        self.assertEqual(school.some, "one,two")


def _decimal() -> object:
    from django.db.models import DecimalField

    return DecimalField(max_digits=12, decimal_places=2)
