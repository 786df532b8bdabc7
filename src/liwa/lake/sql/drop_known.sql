DELETE FROM staged WHERE event_id IN (SELECT event_id FROM read_parquet([{files}]))
