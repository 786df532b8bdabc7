-- name: register
INSERT INTO db_writer (id, number, at) VALUES (%s, 0, CURRENT_TIMESTAMP)

-- name: tidy
DELETE FROM db_writer WHERE at < CURRENT_TIMESTAMP - INTERVAL '30 days'

-- name: mark
UPDATE db_writer SET number = %s, at = CURRENT_TIMESTAMP WHERE id = %s

-- name: ask
SELECT number FROM db_writer WHERE id = %s FOR UPDATE
