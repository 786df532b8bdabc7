-- `month` is the first day of the month of `occurred_at`, UTC.
CREATE TABLE staged (
    line BIGINT NOT NULL,
    natural_key VARCHAR NOT NULL,
    event_id VARCHAR NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL CHECK (known_at >= occurred_at),
    "user" VARCHAR NOT NULL,
    verb VARCHAR NOT NULL,
    object VARCHAR,
    object_type VARCHAR,
    klass VARCHAR,
    amount DOUBLE,
    unit VARCHAR,
    month DATE NOT NULL
)
