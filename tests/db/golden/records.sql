-- Made by `python -m tests.db.said`; what is said to each engine by records.

-- name: foreign
-- for: every engine
SELECT s._line, s.sourced_id, t.feed
FROM "_stage_1" s JOIN "records_org" t ON t.sourced_id = s.sourced_id
WHERE t.feed NOT IN (%s, %s) AND t.status = 'active'
ORDER BY s._line;

-- name: keys
-- for: every engine
SELECT _line, sourced_id FROM "_stage_1";

-- name: keys_of_lines
-- for: every engine
SELECT _line, sourced_id FROM "_stage_1" WHERE _line IN (%s, %s);

-- name: lines_of_keys
-- for: every engine
SELECT _line, sourced_id FROM "_stage_1" WHERE sourced_id IN (%s, %s);

-- name: marked
-- for: every engine
SELECT s.sourced_id
FROM "_stage_1" s JOIN "records_org" t ON t.sourced_id = s.sourced_id
WHERE s.status <> 'active' AND t.status = 'active';
