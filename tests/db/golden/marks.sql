-- Made by `python -m tests.db.said`; what is said to each engine by marks.

-- name: ask
-- for: postgresql, opengauss
SELECT committed FROM db_writer WHERE id = %s FOR UPDATE;

-- name: mark
-- for: postgresql, opengauss
UPDATE db_writer SET committed = %s, used_at = CURRENT_TIMESTAMP WHERE id = %s;

-- name: register
-- for: postgresql, opengauss
INSERT INTO db_writer (id, committed, used_at) VALUES (%s, 0, CURRENT_TIMESTAMP);

-- name: tidy
-- for: postgresql, opengauss
DELETE FROM db_writer WHERE used_at < CURRENT_TIMESTAMP - INTERVAL '30 days';
