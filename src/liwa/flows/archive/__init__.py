"""Backups: one file that holds the database, the lake and all kept files as they were at one moment."""
