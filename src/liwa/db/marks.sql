-- name: register
INSERT INTO db_writer (id, committed, used_at) VALUES (%s, 0, CURRENT_TIMESTAMP)

-- name: tidy
DELETE FROM db_writer WHERE used_at < CURRENT_TIMESTAMP - INTERVAL '30 days'

-- name: mark
UPDATE db_writer SET committed = %s, used_at = CURRENT_TIMESTAMP WHERE id = %s

-- name: ask
SELECT committed FROM db_writer WHERE id = %s FOR UPDATE
