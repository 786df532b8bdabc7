-- What an intake asks beside what every stage asks (`db/stage.sql`). Places: {stage} the staged rows s, {target} the
-- table t they are meant for, {values} a list of placeholders.

-- name: foreign
SELECT s._line, s.sourced_id, t.feed
FROM {stage} s JOIN {target} t ON t.sourced_id = s.sourced_id
WHERE t.feed NOT IN ({values}) AND t.status = 'active'
ORDER BY s._line

-- name: marked
SELECT s.sourced_id
FROM {stage} s JOIN {target} t ON t.sourced_id = s.sourced_id
WHERE s.status <> 'active' AND t.status = 'active'

-- name: keys
SELECT _line, sourced_id FROM {stage}

-- name: keys_of_lines
SELECT _line, sourced_id FROM {stage} WHERE _line IN ({values})

-- name: lines_of_keys
SELECT _line, sourced_id FROM {stage} WHERE sourced_id IN ({values})
