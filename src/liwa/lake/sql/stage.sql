-- Numbers repeats of a natural key within one part, in the order of its lines, and gives each event its id.
-- Calendar functions on TIMESTAMPTZ are ten times slower than on TIMESTAMP, hence the way to the month.
INSERT INTO staged
SELECT
    {line},
    {event_id},
    occurred_at,
    known_at,
    "user",
    verb,
    object,
    object_type,
    klass,
    amount,
    unit,
    date_trunc('month', make_timestamp(epoch_us(occurred_at)))
FROM {table}
