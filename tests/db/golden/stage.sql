-- Made by `python -m tests.db.said`; what is said to each engine by stage.

-- name: absent
-- for: every engine
SELECT t."sourced_id"
FROM "records_org" t
WHERE NOT EXISTS (SELECT 1 FROM "_stage_1" s WHERE t."sourced_id" = s."sourced_id") AND (t.status = %s)
ORDER BY t."sourced_id";

-- name: alone
-- fact: advisory locks hold across sessions on openGauss
-- for: opengauss
SELECT pg_advisory_xact_lock(%s);

-- name: altered_lines
-- for: sqlite
SELECT DISTINCT s._line
FROM "_stage_1" s JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE (t."name" IS NOT s."name" OR t."seats" IS NOT s."seats")
ORDER BY s._line;
-- for: postgresql, opengauss
SELECT DISTINCT s._line
FROM "_stage_1" s JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
ORDER BY s._line;

-- name: changed_lines
-- for: sqlite
SELECT DISTINCT s._line
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR (t."name" IS NOT s."name" OR t."seats" IS NOT s."seats")
ORDER BY s._line;
-- for: postgresql, opengauss
SELECT DISTINCT s._line
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
ORDER BY s._line;

-- name: compare
-- for: sqlite
SELECT kind, count(*)
FROM (
    SELECT
        s._line,
        min(CASE WHEN t."sourced_id" IS NULL THEN 0 WHEN (t."name" IS NOT s."name" OR t."seats" IS NOT s."seats") THEN 1 ELSE 2 END) AS kind
    FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
    GROUP BY s._line
) lines
GROUP BY kind;
-- for: postgresql, opengauss
SELECT kind, count(*)
FROM (
    SELECT
        s._line,
        min(CASE WHEN t."sourced_id" IS NULL THEN 0 WHEN ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats")) THEN 1 ELSE 2 END) AS kind
    FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
    GROUP BY s._line
) lines
GROUP BY kind;

-- name: count
-- for: every engine
SELECT count(*) FROM "_stage_1";

-- name: count_absent
-- for: every engine
SELECT count(*)
FROM "records_org" t
WHERE NOT EXISTS (SELECT 1 FROM "_stage_1" s WHERE t."sourced_id" = s."sourced_id") AND (t.status = %s);

-- name: count_changes
-- fact: ON DUPLICATE KEY UPDATE … RETURNING is refused from 3.0 to 6.0.1: counted beforehand
-- for: opengauss
SELECT
    coalesce(sum(CASE WHEN t."sourced_id" IS NULL THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN t."sourced_id" IS NOT NULL AND ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats")) THEN 1 ELSE 0 END), 0)
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id";

-- name: count_new
-- for: sqlite
SELECT count(*) FROM "_stage_1" s WHERE NOT EXISTS (SELECT 1 FROM "records_org" t WHERE t."sourced_id" = s."sourced_id");

-- name: create
-- for: every engine
CREATE TEMPORARY TABLE "_stage_1" (_line bigint NOT NULL, _row bigint NOT NULL, "sourced_id" varchar(255), "name" text, "seats" bigint);

-- name: deleting_lines
-- for: sqlite
SAVEPOINT liwa_stage;
DELETE FROM "_stage_1" WHERE _line = ?;
RELEASE liwa_stage;
-- for: postgresql, opengauss
DELETE FROM "_stage_1" WHERE _line = ANY(%s::bigint[]);

-- name: differs
-- fact: openGauss has the precedence of operators of PostgreSQL 9.2: what IS compares is in parentheses
-- for: sqlite
t.name IS NOT s.name;
-- for: postgresql, opengauss
(t.name IS DISTINCT FROM s.name);

-- name: drop
-- for: every engine
DROP TABLE "_stage_1";

-- name: duplicates
-- for: every engine
SELECT _line, first_line, "sourced_id"
FROM (
    SELECT
        _line,
        "sourced_id",
        min(_line) OVER (PARTITION BY "sourced_id") AS first_line,
        row_number() OVER (PARTITION BY "sourced_id" ORDER BY _line, _row) AS occurrence
    FROM "_stage_1"
) numbered
WHERE occurrence > 1
ORDER BY _line;

-- name: filling
-- fact: COPY by psycopg, as text: 100,000 rows in 0.49 s on openGauss
-- for: sqlite
SAVEPOINT liwa_stage;
INSERT INTO "_stage_1" ("_line", "_row", "sourced_id", "name", "seats") VALUES (?, ?, ?, ?, ?);
RELEASE liwa_stage;
-- for: postgresql, opengauss
COPY "_stage_1" ("_line", "_row", "sourced_id", "name", "seats") FROM STDIN;

-- name: has_duplicates
-- for: every engine
SELECT 1 FROM "_stage_1" GROUP BY "sourced_id" HAVING count(*) > 1 LIMIT 1;

-- name: impatient
-- fact: no lock_timeout (measured); lockwait_timeout is of the kind SUSET (documented): of an administrator
-- for: postgresql
SET LOCAL lock_timeout = 200;
-- for: opengauss
SET LOCAL statement_timeout = 200;

-- name: index_key
-- for: every engine
CREATE INDEX "_stage_1_key" ON "_stage_1" ("sourced_id");

-- name: index_line
-- for: every engine
CREATE INDEX "_stage_1_line" ON "_stage_1" (_line);

-- name: index_unique
-- for: every engine
CREATE UNIQUE INDEX "_stage_1_key" ON "_stage_1" ("sourced_id");

-- name: insert_new
-- fact: ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE NOTHING
-- for: sqlite
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s WHERE true ORDER BY s."sourced_id"
ON CONFLICT ("sourced_id") DO NOTHING;
-- for: postgresql
WITH written AS (
    INSERT INTO "records_org" AS t ("sourced_id", "name", "seats")
    SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s ORDER BY s."sourced_id"
    ON CONFLICT ("sourced_id") DO NOTHING
    RETURNING 1
)
SELECT count(*), count(*) FROM written;
-- for: opengauss
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s ORDER BY s."sourced_id"
ON DUPLICATE KEY UPDATE NOTHING;

-- name: keep_last
-- for: every engine
DELETE FROM "_stage_1" WHERE _row IN (
    SELECT _row
    FROM (
        SELECT _row, row_number() OVER (PARTITION BY "sourced_id" ORDER BY _line DESC, _row DESC) AS occurrence
        FROM "_stage_1"
    ) numbered
    WHERE occurrence > 1
);

-- name: make_room
-- fact: that openGauss grants it was not measured, so it is not asked for
-- for: postgresql
SELECT set_config('temp_buffers', '64MB', false)
WHERE pg_size_bytes(current_setting('temp_buffers')) < pg_size_bytes('64MB');

-- name: missing
-- for: every engine
SELECT s._line, s."parent_id"
FROM "_stage_1" s
WHERE 1 = 0 OR s."parent_id" IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM "records_org" t WHERE t."sourced_id" = s."parent_id")
ORDER BY s._line;

-- name: missing_beside_stage
-- for: every engine
SELECT s._line, s."parent_id"
FROM "_stage_1" s
WHERE 1 = 0 OR s."parent_id" IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM "records_org" t WHERE t."sourced_id" = s."parent_id")
    AND NOT EXISTS (SELECT 1 FROM "_stage_2" a WHERE a."sourced_id" = s."parent_id")
ORDER BY s._line;

-- name: settle
-- fact: openGauss analyses no table within a transaction but temporary ones (documented)
-- for: postgresql
ANALYZE "_stage_1" (_line, "sourced_id");
-- for: opengauss
ANALYZE "_stage_1";

-- name: unindex_key
-- for: every engine
DROP INDEX IF EXISTS "_stage_1_key";

-- name: upsert
-- fact: ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE c = EXCLUDED.c without a conflict target
-- for: sqlite
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats"
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR (t."name" IS NOT s."name" OR t."seats" IS NOT s."seats")
ORDER BY s."sourced_id"
ON CONFLICT ("sourced_id") DO UPDATE SET "name" = excluded."name", "seats" = excluded."seats";
-- for: postgresql
WITH written AS (
    INSERT INTO "records_org" AS t ("sourced_id", "name", "seats")
    SELECT s."sourced_id", s."name", s."seats"
    FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
    WHERE t."sourced_id" IS NULL OR ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
    ORDER BY s."sourced_id"
    ON CONFLICT ("sourced_id") DO UPDATE SET "name" = excluded."name", "seats" = excluded."seats" WHERE ((t."name" IS DISTINCT FROM excluded."name") OR (t."seats" IS DISTINCT FROM excluded."seats"))
    RETURNING t.xmax = 0 AS inserted
)
SELECT coalesce(sum(CASE WHEN inserted THEN 1 ELSE 0 END), 0), count(*) FROM written;
-- for: opengauss
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats"
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
ORDER BY s."sourced_id"
ON DUPLICATE KEY UPDATE "name" = excluded."name", "seats" = excluded."seats";

-- name: writing
-- fact: ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE has no conflict target, takes INSERT … SELECT, is atomic under concurrent writers, and is refused after WITH
-- for: sqlite
SELECT count(*) FROM "_stage_1" s WHERE NOT EXISTS (SELECT 1 FROM "records_org" t WHERE t."sourced_id" = s."sourced_id");
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats"
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR (t."name" IS NOT s."name" OR t."seats" IS NOT s."seats")
ORDER BY s."sourced_id"
ON CONFLICT ("sourced_id") DO UPDATE SET "name" = excluded."name", "seats" = excluded."seats";
-- for: postgresql
WITH written AS (
    INSERT INTO "records_org" AS t ("sourced_id", "name", "seats")
    SELECT s."sourced_id", s."name", s."seats"
    FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
    WHERE t."sourced_id" IS NULL OR ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
    ORDER BY s."sourced_id"
    ON CONFLICT ("sourced_id") DO UPDATE SET "name" = excluded."name", "seats" = excluded."seats" WHERE ((t."name" IS DISTINCT FROM excluded."name") OR (t."seats" IS DISTINCT FROM excluded."seats"))
    RETURNING t.xmax = 0 AS inserted
)
SELECT coalesce(sum(CASE WHEN inserted THEN 1 ELSE 0 END), 0), count(*) FROM written;
-- for: opengauss
SELECT pg_advisory_xact_lock(%s);
SELECT
    coalesce(sum(CASE WHEN t."sourced_id" IS NULL THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN t."sourced_id" IS NOT NULL AND ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats")) THEN 1 ELSE 0 END), 0)
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id";
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats"
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id"
WHERE t."sourced_id" IS NULL OR ((t."name" IS DISTINCT FROM s."name") OR (t."seats" IS DISTINCT FROM s."seats"))
ORDER BY s."sourced_id"
ON DUPLICATE KEY UPDATE "name" = excluded."name", "seats" = excluded."seats";

-- name: writing_new_alone
-- fact: ON CONFLICT is a syntax error; ON DUPLICATE KEY UPDATE NOTHING is what leaves rows alone
-- for: sqlite
SELECT count(*) FROM "_stage_1" s WHERE NOT EXISTS (SELECT 1 FROM "records_org" t WHERE t."sourced_id" = s."sourced_id");
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s WHERE true ORDER BY s."sourced_id"
ON CONFLICT ("sourced_id") DO NOTHING;
-- for: postgresql
WITH written AS (
    INSERT INTO "records_org" AS t ("sourced_id", "name", "seats")
    SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s ORDER BY s."sourced_id"
    ON CONFLICT ("sourced_id") DO NOTHING
    RETURNING 1
)
SELECT count(*), count(*) FROM written;
-- for: opengauss
SELECT pg_advisory_xact_lock(%s);
SELECT
    coalesce(sum(CASE WHEN t."sourced_id" IS NULL THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN t."sourced_id" IS NOT NULL AND (1 = 0) THEN 1 ELSE 0 END), 0)
FROM "_stage_1" s LEFT JOIN "records_org" t ON t."sourced_id" = s."sourced_id";
INSERT INTO "records_org" ("sourced_id", "name", "seats")
SELECT s."sourced_id", s."name", s."seats" FROM "_stage_1" s ORDER BY s."sourced_id"
ON DUPLICATE KEY UPDATE NOTHING;
