-- Views before the tables they rest on.
SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND NOT internal
UNION ALL
SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary
