-- What Django writes on openGauss, per construct of the ORM, beside what it writes on PostgreSQL 15.
-- Values stand where they are bound. Each construct names the measured fact that its words rest on.

-- Mark.objects.bulk_create([…], ignore_conflicts=True)
-- Fact: ON CONFLICT is a syntax error in every version; ON DUPLICATE KEY UPDATE NOTHING works, also of many rows. unnest(a, b) does not exist, so rows are VALUES.
-- PostgreSQL:
--   INSERT INTO "campus_mark" ("key", "value", "note") SELECT * FROM UNNEST((['a', 'b'])::varchar[], ([Int4(1), Int4(2)])::integer[], (['', ''])::text[]) ON CONFLICT DO NOTHING;
-- openGauss 5.0.1, 6.0.2:
INSERT INTO "campus_mark" ("key", "value", "note") VALUES ('a', 1, ''), ('b', 2, '') ON DUPLICATE KEY UPDATE NOTHING;

-- Mark.objects.bulk_create([…], update_conflicts=True, update_fields=[…], unique_fields=['key'])
-- Fact: ON DUPLICATE KEY UPDATE c = EXCLUDED.c works and is atomic; it has no conflict target.
-- PostgreSQL:
--   INSERT INTO "campus_mark" ("key", "value", "note") SELECT * FROM UNNEST((['a', 'b'])::varchar[], ([Int4(1), Int4(2)])::integer[], (['', ''])::text[]) ON CONFLICT("key") DO UPDATE SET "value" = EXCLUDED."value", "note" = EXCLUDED."note";
-- openGauss 5.0.1, 6.0.2:
INSERT INTO "campus_mark" ("key", "value", "note") VALUES ('a', 1, ''), ('b', 2, '') ON DUPLICATE KEY UPDATE "value" = EXCLUDED."value", "note" = EXCLUDED."note";

-- School.objects.bulk_create([…], update_conflicts=True, update_fields=['code', 'name'], unique_fields=['code'])
-- Fact: ON DUPLICATE KEY UPDATE … RETURNING is refused before 6.0.2; a unique column may not be set (the target's has the same value anyway).
-- PostgreSQL:
--   INSERT INTO "campus_school" ("code", "name") SELECT * FROM UNNEST((['a', 'b'])::varchar[], (['A', 'B'])::varchar[]) ON CONFLICT("code") DO UPDATE SET "code" = EXCLUDED."code", "name" = EXCLUDED."name" RETURNING "campus_school"."id";
-- openGauss 5.0.1:
INSERT INTO "campus_school" ("code", "name") VALUES ('a', 'A'), ('b', 'B') ON DUPLICATE KEY UPDATE "name" = EXCLUDED."name";
-- openGauss 6.0.2:
INSERT INTO "campus_school" ("code", "name") VALUES ('a', 'A'), ('b', 'B') ON DUPLICATE KEY UPDATE "name" = EXCLUDED."name" RETURNING "campus_school"."id";

-- School.objects.bulk_create([…])
-- Fact: RETURNING works for plain inserts in every version; rows are VALUES, not unnest(a, b).
-- PostgreSQL:
--   INSERT INTO "campus_school" ("code", "name") SELECT * FROM UNNEST((['a', 'b'])::varchar[], (['A', 'B'])::varchar[]) RETURNING "campus_school"."id";
-- openGauss 5.0.1, 6.0.2:
INSERT INTO "campus_school" ("code", "name") VALUES ('a', 'A'), ('b', 'B') RETURNING "campus_school"."id";

-- pupil.clubs.add(1, 2)
-- Fact: As ignore_conflicts.
-- PostgreSQL:
--   INSERT INTO "campus_pupil_clubs" ("pupil_id", "club_id") SELECT * FROM UNNEST(([7, 7])::bigint[], ([1, 2])::bigint[]) ON CONFLICT DO NOTHING;
-- openGauss 5.0.1, 6.0.2:
INSERT INTO "campus_pupil_clubs" ("pupil_id", "club_id") VALUES (7, 1), (7, 2) ON DUPLICATE KEY UPDATE NOTHING;

-- Pupil.objects.values_list(F('hours') / 2)
-- Fact: 7/2 is 3.5 (double); div(7, 2) is 3 (numeric), and cuts towards zero as PostgreSQL's integers do.
-- PostgreSQL:
--   SELECT ("campus_pupil"."hours" / 2) AS "combinedexpression1" FROM "campus_pupil";
-- openGauss 5.0.1, 6.0.2:
SELECT (DIV(("campus_pupil"."hours")::numeric, (2)::numeric)::integer) AS "combinedexpression1" FROM "campus_pupil";

-- Pupil.objects.filter(steps__gt=F('hours') / F('steps') + 1)
-- Fact: Also of bigint, which a double cannot hold exactly.
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE "campus_pupil"."steps" > (("campus_pupil"."hours" / "campus_pupil"."steps") + 1);
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE "campus_pupil"."steps" > ((DIV(("campus_pupil"."hours")::numeric, ("campus_pupil"."steps")::numeric)::bigint) + 1);

-- Pupil.objects.update(hours=F('hours') / 2)
-- Fact: (7/2)::integer is 4, so 3.5 would be stored as 4.
-- PostgreSQL:
--   UPDATE "campus_pupil" SET "hours" = ("campus_pupil"."hours" / 2);
-- openGauss 5.0.1, 6.0.2:
UPDATE "campus_pupil" SET "hours" = (DIV(("campus_pupil"."hours")::numeric, (2)::numeric)::integer);

-- School.objects.values_list(Sum('pupil__hours') / Count('pupil'))
-- Fact: A sum of integers is bigint; a sum of bigint is numeric, which `/` divides alike on both.
-- PostgreSQL:
--   SELECT (SUM("campus_pupil"."hours") / COUNT("campus_pupil"."id")) AS "combinedexpression1", (SUM("campus_pupil"."steps") / 2) AS "combinedexpression2" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 5.0.1, 6.0.2:
SELECT (DIV((SUM("campus_pupil"."hours"))::numeric, (COUNT("campus_pupil"."id"))::numeric)::bigint) AS "combinedexpression1", (SUM("campus_pupil"."steps") / 2) AS "combinedexpression2" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";

-- Pupil.objects.values_list(F('hours') % 3, Mod('hours', 3))
-- Fact: % of integers is as on PostgreSQL.
-- PostgreSQL:
--   SELECT ("campus_pupil"."hours" % 3) AS "combinedexpression1", MOD("campus_pupil"."hours", 3) AS "mod1" FROM "campus_pupil";
-- openGauss 5.0.1, 6.0.2:
SELECT ("campus_pupil"."hours" % 3) AS "combinedexpression1", MOD("campus_pupil"."hours", 3) AS "mod1" FROM "campus_pupil";

-- Pupil.objects.values_list(ExtractYear('born') / 2)
-- Fact: EXTRACT gives a double in the 9.2 line, numeric on PostgreSQL: a year is 2026, not 2026.0.
-- PostgreSQL:
--   SELECT (EXTRACT(YEAR FROM "campus_pupil"."born") / 2) AS "combinedexpression1" FROM "campus_pupil";
-- openGauss 5.0.1, 6.0.2:
SELECT ((EXTRACT(YEAR FROM "campus_pupil"."born"))::numeric / 2) AS "combinedexpression1" FROM "campus_pupil";

-- Pupil.objects.filter(data__a=1, data__b__c='x')
-- Fact: -> and #> work, #> with a space before it; but -> of an array or scalar, and #> of a scalar, are errors where PostgreSQL gives NULL (read in the server's jsonfuncs.cpp).
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE (("campus_pupil"."data" -> 'a') = Jsonb(1) AND ("campus_pupil"."data" #> ['b', 'c']) = Jsonb('x'));
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE ((CASE WHEN jsonb_typeof("campus_pupil"."data") = 'object' THEN "campus_pupil"."data" -> 'a' END) = Jsonb(1) AND (CASE WHEN jsonb_typeof("campus_pupil"."data") IN ('object', 'array') THEN "campus_pupil"."data" #> ['b', 'c'] END) = Jsonb('x'));

-- Pupil.objects.filter(data__a__isnull=True).exclude(data__b=2)
-- Fact: x->>'a' IS NULL is read as x->>('a' IS NULL); with (x->>'a') it is right.
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE (("campus_pupil"."data" -> 'a') IS NULL AND NOT (("campus_pupil"."data" -> 'b') = Jsonb(2) AND "campus_pupil"."data" IS NOT NULL));
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE ((CASE WHEN jsonb_typeof("campus_pupil"."data") = 'object' THEN "campus_pupil"."data" -> 'a' END) IS NULL AND NOT ((CASE WHEN jsonb_typeof("campus_pupil"."data") = 'object' THEN "campus_pupil"."data" -> 'b' END) = Jsonb(2) AND "campus_pupil"."data" IS NOT NULL));

-- Pupil.objects.filter(IsNull(F('hours') + F('steps'), False), data=Value(None, JSONField()))
-- Fact: Whatever stands before IS NULL is put in parentheses.
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE (("campus_pupil"."hours" + "campus_pupil"."steps") IS NOT NULL AND "campus_pupil"."data" = Jsonb(None));
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" WHERE ((("campus_pupil"."hours" + "campus_pupil"."steps")) IS NOT NULL AND "campus_pupil"."data" = Jsonb(None));

-- Pupil.objects.filter(data__has_key='a', data__contains={'b': 1}, data__c__iexact='x', data__d__in=[1, 'y'])
-- Fact: ?, ?|, ?&, @> and <@ work.
-- PostgreSQL:
--   SELECT ("campus_pupil"."data" #>> ['h', 'i']) AS "keytexttransform1" FROM "campus_pupil" WHERE (UPPER(("campus_pupil"."data" ->> 'c')::text) = UPPER('x') AND "campus_pupil"."data" @> Jsonb({'b': 1}) AND ("campus_pupil"."data" -> 'd') IN (Jsonb(1), Jsonb('y')) AND "campus_pupil"."data" ? 'a' AND ("campus_pupil"."data" ?| ['e', 'f'] OR "campus_pupil"."data" <@ Jsonb({'g': 1})));
-- openGauss 5.0.1, 6.0.2:
SELECT (CASE WHEN jsonb_typeof("campus_pupil"."data") IN ('object', 'array') THEN "campus_pupil"."data" #>> ['h', 'i'] END) AS "keytexttransform1" FROM "campus_pupil" WHERE (UPPER((CASE WHEN jsonb_typeof("campus_pupil"."data") = 'object' THEN "campus_pupil"."data" ->> 'c' END)::text) = UPPER('x') AND "campus_pupil"."data" @> Jsonb({'b': 1}) AND (CASE WHEN jsonb_typeof("campus_pupil"."data") = 'object' THEN "campus_pupil"."data" -> 'd' END) IN (Jsonb(1), Jsonb('y')) AND "campus_pupil"."data" ? 'a' AND ("campus_pupil"."data" ?| ['e', 'f'] OR "campus_pupil"."data" <@ Jsonb({'g': 1})));

-- Pupil.objects.values_list(JSONObject(n='name', d='data', v=Value('x')), JSONArray('hours', Value('x')))
-- Fact: There is no jsonb_build_object or jsonb_build_array; json_build_object and ::jsonb work.
-- PostgreSQL:
--   SELECT JSONB_BUILD_OBJECT(('n')::text, "campus_pupil"."name", ('d')::text, "campus_pupil"."data", ('v')::text, 'x') AS "jsonobject1", JSONB_BUILD_ARRAY(("campus_pupil"."hours")::integer, ('x')::varchar) AS "jsonarray1" FROM "campus_pupil";
-- openGauss 5.0.1, 6.0.2:
SELECT (JSON_BUILD_OBJECT(('n')::text, "campus_pupil"."name", ('d')::text, ("campus_pupil"."data")::text::json, ('v')::text, ('x')::varchar))::jsonb AS "jsonobject1", (JSON_BUILD_ARRAY("campus_pupil"."hours", ('x')::varchar))::jsonb AS "jsonarray1" FROM "campus_pupil";

-- School.objects.values_list(JSONBAgg('pupil__name', order_by='pupil__name'))
-- Fact: There is no jsonb_agg; json_agg and ::jsonb work.
-- PostgreSQL:
--   SELECT JSONB_AGG("campus_pupil"."name" ORDER BY "campus_pupil"."name") AS "names" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 5.0.1, 6.0.2:
SELECT (JSON_AGG("campus_pupil"."name" ORDER BY "campus_pupil"."name"))::jsonb AS "names" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";

-- School.objects.values_list(Count('pupil', filter=Q(pupil__left=True)))
-- Fact: FILTER (WHERE …) is not in the grammar of 5.x.
-- PostgreSQL:
--   SELECT COUNT("campus_pupil"."id") FILTER (WHERE "campus_pupil"."left") AS "gone" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 5.0.1:
SELECT COUNT(CASE WHEN "campus_pupil"."left" THEN "campus_pupil"."id" ELSE NULL END) AS "gone" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 6.0.2:
SELECT COUNT("campus_pupil"."id") FILTER (WHERE "campus_pupil"."left") AS "gone" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";

-- School.objects.values_list(StringAgg('pupil__name', ',', filter=Q(pupil__hours__gt=5)))
-- Fact: As before; values are to stand at their own places.
-- PostgreSQL:
--   SELECT STRING_AGG("campus_pupil"."name", ',' ) FILTER (WHERE "campus_pupil"."hours" > 5) AS "names" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 5.0.1:
SELECT STRING_AGG(CASE WHEN "campus_pupil"."hours" > 5 THEN "campus_pupil"."name" ELSE NULL END, ',' ) AS "names" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";
-- openGauss 6.0.2:
SELECT STRING_AGG("campus_pupil"."name", ',' ) FILTER (WHERE "campus_pupil"."hours" > 5) AS "names" FROM "campus_school" LEFT OUTER JOIN "campus_pupil" ON ("campus_school"."id" = "campus_pupil"."school_id") GROUP BY "campus_school"."id";

-- Pupil.objects.filter(school__code='a')
-- Fact: Serial keys are integers, so nothing is cast in joins.
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" INNER JOIN "campus_school" ON ("campus_pupil"."school_id" = "campus_school"."id") WHERE "campus_school"."code" = 'a';
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" INNER JOIN "campus_school" ON ("campus_pupil"."school_id" = "campus_school"."id") WHERE "campus_school"."code" = 'a';

-- Pupil.objects.order_by('school', '-joined').distinct('school')
-- Fact: DISTINCT ON works.
-- PostgreSQL:
--   SELECT DISTINCT ON ("campus_pupil"."school_id") "campus_pupil"."id" AS "pk" FROM "campus_pupil" ORDER BY "campus_pupil"."school_id" ASC, "campus_pupil"."joined" DESC;
-- openGauss 5.0.1, 6.0.2:
SELECT DISTINCT ON ("campus_pupil"."school_id") "campus_pupil"."id" AS "pk" FROM "campus_pupil" ORDER BY "campus_pupil"."school_id" ASC, "campus_pupil"."joined" DESC;

-- Pupil.objects.select_for_update(skip_locked=True)[:5]
-- Fact: FOR UPDATE SKIP LOCKED with LIMIT works.
-- PostgreSQL:
--   SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" LIMIT 5 FOR UPDATE SKIP LOCKED;
-- openGauss 5.0.1, 6.0.2:
SELECT "campus_pupil"."id" AS "pk" FROM "campus_pupil" LIMIT 5 FOR UPDATE SKIP LOCKED;

-- CreateModel(School)
-- Fact: GENERATED … AS IDENTITY is a syntax error; serial works.
-- PostgreSQL:
--   CREATE TABLE "campus_school" ("id" bigint NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "code" varchar(20) NOT NULL UNIQUE, "name" varchar(5) NOT NULL);
--   CREATE INDEX "campus_school_code_126edba0_like" ON "campus_school" ("code" varchar_pattern_ops);
-- openGauss 5.0.1, 6.0.2:
CREATE TABLE "campus_school" ("id" bigserial NOT NULL PRIMARY KEY, "code" varchar(20) NOT NULL UNIQUE, "name" varchar(5) NOT NULL);
CREATE INDEX "campus_school_code_126edba0_like" ON "campus_school" ("code" varchar_pattern_ops);

-- AlterField(Poster, 'id', IntegerField(primary_key=True) -> BigAutoField(primary_key=True))
-- Fact: There is no ADD GENERATED; a sequence and a default do the same.
-- PostgreSQL:
--   ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
--   ALTER TABLE "campus_poster" ALTER COLUMN "id" ADD GENERATED BY DEFAULT AS IDENTITY;
-- openGauss 5.0.1, 6.0.2:
ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
CREATE SEQUENCE "campus_poster_id_8b0f447c_seq";
ALTER TABLE "campus_poster" ALTER COLUMN "id" SET DEFAULT nextval('"campus_poster_id_8b0f447c_seq"'::regclass);
ALTER SEQUENCE "campus_poster_id_8b0f447c_seq" OWNED BY "campus_poster"."id";
SELECT setval('"campus_poster_id_8b0f447c_seq"'::regclass, coalesce(max("id"), 1), (max("id")) IS NOT NULL) FROM "campus_poster";

-- AlterField(Poster, 'id', AutoField(primary_key=True) -> BigAutoField(primary_key=True))
-- Fact: There is no ALTER SEQUENCE … AS; sequences count in bigint.
-- PostgreSQL:
--   ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
--   ALTER SEQUENCE IF EXISTS "campus_poster_id_seq" AS bigint;
-- openGauss 5.0.1, 6.0.2:
ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE bigint USING "id"::bigint;
ALTER SEQUENCE IF EXISTS "campus_poster_id_seq" NO MAXVALUE;

-- AlterField(Poster, 'id', AutoField(primary_key=True) -> IntegerField(primary_key=True))
-- Fact: There is no DROP IDENTITY; the default and its sequence go.
-- PostgreSQL:
--   ALTER TABLE "campus_poster" ALTER COLUMN "id" DROP IDENTITY IF EXISTS;
--   ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE integer;
--   DROP SEQUENCE IF EXISTS "campus_poster_id_seq" CASCADE;
-- openGauss 5.0.1, 6.0.2:
ALTER TABLE "campus_poster" ALTER COLUMN "id" DROP DEFAULT;
ALTER TABLE "campus_poster" ALTER COLUMN "id" TYPE integer USING "id"::integer;
DROP SEQUENCE IF EXISTS "campus_poster_id_seq" CASCADE;

-- manage.py flush
-- Fact: TRUNCATE … RESTART IDENTITY is refused; setval works.
-- PostgreSQL:
--   TRUNCATE "campus_poster" RESTART IDENTITY CASCADE;
-- openGauss 5.0.1, 6.0.2:
TRUNCATE "campus_poster" CASCADE;
SELECT setval(pg_get_serial_sequence('"campus_poster"','id'), 1, false);
