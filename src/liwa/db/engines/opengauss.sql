-- An upsert has no conflict target: whichever unique key is hit, the row is updated. So a table that a stage goes into
-- has no unique key but the one it is written by. No upsert after WITH, none with RETURNING before 6.0.2, and none of
-- the columns of a unique key among those assigned. There is no lock_timeout, and lockwait_timeout is for administrators.

-- name: differs
({left} IS DISTINCT FROM {right})

-- name: settle
ANALYZE {stage}

-- name: alone
SELECT pg_advisory_xact_lock(%s)

-- name: count_changes
SELECT
    coalesce(sum(CASE WHEN t.{some_key} IS NULL THEN 1 ELSE 0 END), 0),
    coalesce(sum(CASE WHEN t.{some_key} IS NOT NULL AND {differs} THEN 1 ELSE 0 END), 0)
FROM {stage} s LEFT JOIN {target} t ON {same_key}

-- name: upsert
INSERT INTO {target} ({columns})
SELECT {stage_columns}
FROM {stage} s LEFT JOIN {target} t ON {same_key}
WHERE t.{some_key} IS NULL OR {differs}
ORDER BY {stage_key}
ON DUPLICATE KEY UPDATE {assignments}

-- name: insert_new
INSERT INTO {target} ({columns})
SELECT {stage_columns} FROM {stage} s ORDER BY {stage_key}
ON DUPLICATE KEY UPDATE NOTHING

-- name: impatient
SET LOCAL statement_timeout = {milliseconds}
