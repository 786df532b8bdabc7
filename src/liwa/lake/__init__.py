"""What happened: append-only events and dated snapshots of the records, as Delta tables of Parquet files."""
