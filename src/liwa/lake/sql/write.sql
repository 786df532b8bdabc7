-- The order lets readers of one class skip most of a big file; it does not change the size, which is that of the ids.
COPY (
    SELECT event_id, occurred_at, known_at, "user", verb, object, object_type, klass, amount, unit
    FROM staged
    WHERE month = DATE '{month}'
    {order}
) TO {path} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
