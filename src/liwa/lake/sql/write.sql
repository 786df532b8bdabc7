-- The order lets readers of one class skip most of a file; it hardly changes the size, which is that of the ids.
COPY (
    SELECT event_id, occurred_at, known_at, "user", verb, object, object_type, klass, amount, unit
    FROM staged
    WHERE month = DATE '{month}'
    ORDER BY klass, occurred_at
) TO {path} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
