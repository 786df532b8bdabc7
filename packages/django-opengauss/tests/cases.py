"""Every construct of the ORM that openGauss needs in other words, with the measured fact that it rests on."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from campus.models import Mark, Poster, Pupil, School
from django.contrib.postgres.aggregates import JSONBAgg, StringAgg
from django.db import models
from django.db.models import Count, F, Q, Sum, Value
from django.db.models.fields.json import KT
from django.db.models.functions import ExtractYear, JSONArray, JSONObject, Mod
from django.db.models.lookups import IsNull


@dataclass(frozen=True)
class Case:
    """What is written in Python, why it differs, and how to write it; rows are what queries in between find."""

    orm: str
    fact: str
    act: Callable[[Any, str], Any]
    rows: list[Any] = field(default_factory=list)


def _of(model: Any, alias: str) -> Any:
    return model.objects.using(alias)


def _add_clubs(connection: Any, alias: str) -> None:
    pupil = Pupil(pk=7)
    pupil._state.db = alias
    pupil.clubs.add(1, 2)


def _ddl(act: Callable[[Any], None]) -> Callable[[Any, str], list[str]]:
    def collect(connection: Any, alias: str) -> list[str]:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            act(editor)
        return list(editor.collected_sql)

    return collect


def _altered(old: models.Field, new: models.Field) -> Callable[[Any], None]:
    def act(editor: Any) -> None:
        for one in (old, new):
            one.set_attributes_from_name("id")
            one.model = Poster
        editor.alter_field(Poster, old, new)

    return act


_UPSERT = {"update_conflicts": True, "update_fields": ["value", "note"], "unique_fields": ["key"]}
CASES = (
    Case(
        "Mark.objects.bulk_create([…], ignore_conflicts=True)",
        "ON CONFLICT is a syntax error in every version; ON DUPLICATE KEY UPDATE NOTHING works, also of many rows. "
        "unnest(a, b) does not exist, so rows are VALUES.",
        lambda _, to: _of(Mark, to).bulk_create(
            [Mark(key="a", value=1), Mark(key="b", value=2)], ignore_conflicts=True
        ),
    ),
    Case(
        "Mark.objects.bulk_create([…], update_conflicts=True, update_fields=[…], unique_fields=['key'])",
        "ON DUPLICATE KEY UPDATE c = EXCLUDED.c works and is atomic; it has no conflict target.",
        lambda _, to: _of(Mark, to).bulk_create([Mark(key="a", value=1), Mark(key="b", value=2)], **_UPSERT),
    ),
    Case(
        "School.objects.bulk_create([…], update_conflicts=True, update_fields=['code', 'name'], unique_fields=['code'])",
        "ON DUPLICATE KEY UPDATE … RETURNING is refused before 6.0.2; a unique column may not be set (the target's "
        "has the same value anyway).",
        lambda _, to: _of(School, to).bulk_create(
            [School(code="a", name="A"), School(code="b", name="B")],
            update_conflicts=True,
            update_fields=["code", "name"],
            unique_fields=["code"],
        ),
        [(1,), (2,)],
    ),
    Case(
        "School.objects.bulk_create([…])",
        "RETURNING works for plain inserts in every version; rows are VALUES, not unnest(a, b).",
        lambda _, to: _of(School, to).bulk_create([School(code="a", name="A"), School(code="b", name="B")]),
        [(1,), (2,)],
    ),
    Case(
        "pupil.clubs.add(1, 2)",
        "As ignore_conflicts.",
        _add_clubs,
    ),
    Case(
        "Pupil.objects.values_list(F('hours') / 2)",
        "7/2 is 3.5 (double); div(7, 2) is 3 (numeric), and cuts towards zero as PostgreSQL's integers do.",
        lambda _, to: _of(Pupil, to).values_list(F("hours") / 2),
    ),
    Case(
        "Pupil.objects.filter(steps__gt=F('hours') / F('steps') + 1)",
        "Also of bigint, which a double cannot hold exactly.",
        lambda _, to: _of(Pupil, to).filter(steps__gt=F("hours") / F("steps") + 1).values_list("pk"),
    ),
    Case(
        "Pupil.objects.update(hours=F('hours') / 2)",
        "(7/2)::integer is 4, so 3.5 would be stored as 4.",
        lambda _, to: _of(Pupil, to).update(hours=F("hours") / 2),
    ),
    Case(
        "School.objects.values_list(Sum('pupil__hours') / Count('pupil'))",
        "A sum of integers is bigint; a sum of bigint is numeric, which `/` divides alike on both.",
        lambda _, to: _of(School, to).values_list(
            Sum("pupil__hours") / Count("pupil"), Sum("pupil__steps") / 2
        ),
    ),
    Case(
        "Pupil.objects.values_list(F('hours') % 3, Mod('hours', 3))",
        "% of integers is as on PostgreSQL.",
        lambda _, to: _of(Pupil, to).values_list(F("hours") % 3, Mod("hours", Value(3))),
    ),
    Case(
        "Pupil.objects.values_list(ExtractYear('born') / 2)",
        "EXTRACT gives a double in the 9.2 line, numeric on PostgreSQL: a year is 2026, not 2026.0.",
        lambda _, to: _of(Pupil, to).values_list(ExtractYear("born") / 2),
    ),
    Case(
        "Pupil.objects.filter(data__a=1, data__b__c='x')",
        "-> and #> work, #> with a space before it; but -> of an array or scalar, and #> of a scalar, are errors where "
        "PostgreSQL gives NULL (read in the server's jsonfuncs.cpp).",
        lambda _, to: _of(Pupil, to).filter(data__a=1, data__b__c="x").values_list("pk"),
    ),
    Case(
        "Pupil.objects.filter(data__a__isnull=True).exclude(data__b=2)",
        "x->>'a' IS NULL is read as x->>('a' IS NULL); with (x->>'a') it is right.",
        lambda _, to: _of(Pupil, to).filter(data__a__isnull=True).exclude(data__b=2).values_list("pk"),
    ),
    Case(
        "Pupil.objects.filter(IsNull(F('hours') + F('steps'), False), data=Value(None, JSONField()))",
        "Whatever stands before IS NULL is put in parentheses.",
        lambda _, to: (
            _of(Pupil, to)
            .filter(IsNull(F("hours") + F("steps"), False), data=Value(None, models.JSONField()))
            .values_list("pk")
        ),
    ),
    Case(
        "Pupil.objects.filter(data__has_key='a', data__contains={'b': 1}, data__c__iexact='x', data__d__in=[1, 'y'])",
        "?, ?|, ?&, @> and <@ work.",
        lambda _, to: (
            _of(Pupil, to)
            .filter(data__has_key="a", data__contains={"b": 1}, data__c__iexact="x", data__d__in=[1, "y"])
            .filter(Q(data__has_any_keys=["e", "f"]) | Q(data__contained_by={"g": 1}))
            .values_list(KT("data__h__i"))
        ),
    ),
    Case(
        "Pupil.objects.values_list(JSONObject(n='name', d='data', v=Value('x')), JSONArray('hours', Value('x')))",
        "There is no jsonb_build_object or jsonb_build_array; json_build_object and ::jsonb work.",
        lambda _, to: _of(Pupil, to).values_list(
            JSONObject(n="name", d="data", v=Value("x")), JSONArray("hours", Value("x"))
        ),
    ),
    Case(
        "School.objects.values_list(JSONBAgg('pupil__name', order_by='pupil__name'))",
        "There is no jsonb_agg; json_agg and ::jsonb work.",
        lambda _, to: (
            _of(School, to)
            .annotate(names=JSONBAgg("pupil__name", order_by="pupil__name"))
            .values_list("names")
        ),
    ),
    Case(
        "School.objects.values_list(Count('pupil', filter=Q(pupil__left=True)))",
        "FILTER (WHERE …) is not in the grammar of 5.x.",
        lambda _, to: (
            _of(School, to).annotate(gone=Count("pupil", filter=Q(pupil__left=True))).values_list("gone")
        ),
    ),
    Case(
        "School.objects.values_list(StringAgg('pupil__name', ',', filter=Q(pupil__hours__gt=5)))",
        "As before; values are to stand at their own places.",
        lambda _, to: (
            _of(School, to)
            .annotate(names=StringAgg("pupil__name", ",", filter=Q(pupil__hours__gt=5)))
            .values_list("names")
        ),
    ),
    Case(
        "Pupil.objects.filter(school__code='a')",
        "Serial keys are integers, so nothing is cast in joins.",
        lambda _, to: _of(Pupil, to).filter(school__code="a").values_list("pk"),
    ),
    Case(
        "Pupil.objects.order_by('school', '-joined').distinct('school')",
        "DISTINCT ON works.",
        lambda _, to: _of(Pupil, to).order_by("school", "-joined").distinct("school").values_list("pk"),
    ),
    Case(
        "Pupil.objects.select_for_update(skip_locked=True)[:5]",
        "FOR UPDATE SKIP LOCKED with LIMIT works.",
        lambda _, to: _of(Pupil, to).select_for_update(skip_locked=True).values_list("pk")[:5],
    ),
    Case(
        "CreateModel(School)",
        "GENERATED … AS IDENTITY is a syntax error; serial works.",
        _ddl(lambda editor: editor.create_model(School)),
    ),
    Case(
        "AlterField(Poster, 'id', IntegerField(primary_key=True) -> BigAutoField(primary_key=True))",
        "There is no ADD GENERATED; a sequence and a default do the same.",
        _ddl(_altered(models.IntegerField(primary_key=True), models.BigAutoField(primary_key=True))),
    ),
    Case(
        "AlterField(Poster, 'id', AutoField(primary_key=True) -> BigAutoField(primary_key=True))",
        "There is no ALTER SEQUENCE … AS; sequences count in bigint.",
        _ddl(_altered(models.AutoField(primary_key=True), models.BigAutoField(primary_key=True))),
        [("campus_poster_id_seq", "id")],
    ),
    Case(
        "AlterField(Poster, 'id', AutoField(primary_key=True) -> IntegerField(primary_key=True))",
        "There is no DROP IDENTITY; the default and its sequence go.",
        _ddl(_altered(models.AutoField(primary_key=True), models.IntegerField(primary_key=True))),
        [("campus_poster_id_seq", "id")],
    ),
    Case(
        "manage.py flush",
        "TRUNCATE … RESTART IDENTITY is refused; setval works.",
        lambda connection, _: connection.ops.sql_flush(
            _plain(), ["campus_poster"], reset_sequences=True, allow_cascade=True
        ),
        [("campus_poster_id_seq", "id")],
    ),
)


def _plain() -> Any:
    from django.core.management.color import no_style

    return no_style()
