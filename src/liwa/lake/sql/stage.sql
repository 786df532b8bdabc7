-- Every event gets the id of the first with its natural key; `number.sql` mends those of the others, which are few.
-- Calendar functions on TIMESTAMPTZ are ten times slower than on TIMESTAMP, hence the way to the month.
INSERT INTO staged
SELECT
    line + {base},
    natural_key,
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
