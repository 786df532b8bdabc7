"""Whole tables, whatever they are: found by asking Django, read, written and compared the same on every engine."""
