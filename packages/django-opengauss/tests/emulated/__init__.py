"""The backend on a PostgreSQL server: everything it says but the upsert is understood there too.

So serial keys, DDL, JSON, division, introspection and flushing are run, not only written, where there is no openGauss.
"""
