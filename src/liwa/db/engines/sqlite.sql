-- Rows that are the same are not even offered to the target. `ON CONFLICT` needs the WHERE before it.

-- name: differs
{left} IS NOT {right}

-- name: count_new
SELECT count(*) FROM {stage} s WHERE NOT EXISTS (SELECT 1 FROM {target} t WHERE {same_key})

-- name: upsert
INSERT INTO {target} ({columns})
SELECT {stage_columns}
FROM {stage} s LEFT JOIN {target} t ON {same_key}
WHERE t.{some_key} IS NULL OR {differs}
ORDER BY {stage_key}
ON CONFLICT ({key}) DO UPDATE SET {assignments}

-- name: insert_new
INSERT INTO {target} ({columns})
SELECT {stage_columns} FROM {stage} s WHERE true ORDER BY {stage_key}
ON CONFLICT ({key}) DO NOTHING
