DELETE FROM staged
WHERE rowid IN (SELECT rowid FROM staged QUALIFY row_number() OVER (PARTITION BY event_id ORDER BY line) > 1)
