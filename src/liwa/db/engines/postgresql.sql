-- Rows that are the same are not even offered to the target: ON CONFLICT would lock, and so write, every one of
-- them. Whoever inserts the same key in between is met by ON CONFLICT. The order of the key keeps two writers
-- from waiting for each other. A row just inserted has no xmax; one updated under a conflict has.
-- `make_room` keeps temporary tables in memory rather than in files, which a session may ask for until it has one.

-- name: differs
({left} IS DISTINCT FROM {right})

-- name: make_room
SELECT set_config('temp_buffers', '64MB', false)
WHERE pg_size_bytes(current_setting('temp_buffers')) < pg_size_bytes('64MB')

-- name: settle
ANALYZE {stage} (_line, {key})

-- name: upsert
WITH written AS (
    INSERT INTO {target} AS t ({columns})
    SELECT {stage_columns}
    FROM {stage} s LEFT JOIN {target} t ON {same_key}
    WHERE t.{some_key} IS NULL OR {differs}
    ORDER BY {stage_key}
    ON CONFLICT ({key}) DO UPDATE SET {assignments} WHERE {differs_from_excluded}
    RETURNING t.xmax = 0 AS inserted
)
SELECT coalesce(sum(CASE WHEN inserted THEN 1 ELSE 0 END), 0), count(*) FROM written

-- name: insert_new
WITH written AS (
    INSERT INTO {target} AS t ({columns})
    SELECT {stage_columns} FROM {stage} s ORDER BY {stage_key}
    ON CONFLICT ({key}) DO NOTHING
    RETURNING 1
)
SELECT count(*), count(*) FROM written

-- name: impatient
SET LOCAL lock_timeout = {milliseconds}
