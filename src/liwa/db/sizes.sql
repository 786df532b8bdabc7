-- Rows that nobody has counted are -1 on PostgreSQL, and on openGauss 0, as the pages are.

-- name: server_total
SELECT pg_database_size(current_database())

-- name: server_tables
SELECT
    c.relname,
    CASE WHEN c.relpages = 0 AND pg_relation_size(c.oid) > 0 THEN -1 ELSE c.reltuples END,
    pg_total_relation_size(c.oid),
    pg_indexes_size(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = current_schema()

-- name: sqlite_tables
SELECT m.tbl_name,
    sum(CASE WHEN m.type = 'table' THEN s.pgsize ELSE 0 END),
    sum(CASE WHEN m.type = 'index' THEN s.pgsize ELSE 0 END)
FROM dbstat s JOIN sqlite_master m ON m.name = s.name
WHERE s.aggregate = 1
GROUP BY m.tbl_name
