-- name: brought
SELECT v.column1 FROM (VALUES {values}) v
WHERE EXISTS (SELECT 1 FROM statements_link l WHERE l.term = v.column1)
