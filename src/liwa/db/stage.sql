-- What a stage asks of every engine. Places: {stage} the temporary table, {target} the table it is meant for,
-- {columns} and {key} lists of columns, {same_key} the join of stage s and target t, {differs} whether any column
-- to be updated differs between them, {some_key} one column of the key.

-- name: create
CREATE TEMPORARY TABLE {stage} (_line bigint NOT NULL, _row bigint NOT NULL, {definitions})

-- name: drop
DROP TABLE {stage}

-- name: index_key
CREATE INDEX {index_key} ON {stage} ({key})

-- name: index_unique
CREATE UNIQUE INDEX {index_key} ON {stage} ({key})

-- name: unindex_key
DROP INDEX IF EXISTS {index_key}

-- name: index_line
CREATE INDEX {index_line} ON {stage} (_line)

-- name: count
SELECT count(*) FROM {stage}

-- name: has_duplicates
SELECT 1 FROM {stage} GROUP BY {key} HAVING count(*) > 1 LIMIT 1

-- name: duplicates
SELECT _line, first_line, {key}
FROM (
    SELECT
        _line,
        {key},
        min(_line) OVER (PARTITION BY {key}) AS first_line,
        row_number() OVER (PARTITION BY {key} ORDER BY _line, _row) AS occurrence
    FROM {stage}
) numbered
WHERE occurrence > 1
ORDER BY _line

-- name: keep_last
DELETE FROM {stage} WHERE _row IN (
    SELECT _row
    FROM (
        SELECT _row, row_number() OVER (PARTITION BY {key} ORDER BY _line DESC, _row DESC) AS occurrence
        FROM {stage}
    ) numbered
    WHERE occurrence > 1
)

-- name: missing
SELECT s._line, s.{column}
FROM {stage} s
WHERE {null_counts} OR s.{column} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM {referred} t WHERE t.{referred_column} = s.{column})
ORDER BY s._line

-- name: missing_beside_stage
SELECT s._line, s.{column}
FROM {stage} s
WHERE {null_counts} OR s.{column} IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM {referred} t WHERE t.{referred_column} = s.{column})
    AND NOT EXISTS (SELECT 1 FROM {also} a WHERE a.{referred_column} = s.{column})
ORDER BY s._line

-- name: compare
SELECT kind, count(*)
FROM (
    SELECT
        s._line,
        min(CASE WHEN t.{some_key} IS NULL THEN 0 WHEN {differs} THEN 1 ELSE 2 END) AS kind
    FROM {stage} s LEFT JOIN {target} t ON {same_key}
    GROUP BY s._line
) lines
GROUP BY kind

-- name: changed_lines
SELECT DISTINCT s._line
FROM {stage} s LEFT JOIN {target} t ON {same_key}
WHERE t.{some_key} IS NULL OR {differs}
ORDER BY s._line

-- name: altered_lines
SELECT DISTINCT s._line
FROM {stage} s JOIN {target} t ON {same_key}
WHERE {differs}
ORDER BY s._line

-- name: absent
SELECT {target_key}
FROM {target} t
WHERE NOT EXISTS (SELECT 1 FROM {stage} s WHERE {same_key}) AND ({condition})
ORDER BY {target_key}

-- name: count_absent
SELECT count(*)
FROM {target} t
WHERE NOT EXISTS (SELECT 1 FROM {stage} s WHERE {same_key}) AND ({condition})
