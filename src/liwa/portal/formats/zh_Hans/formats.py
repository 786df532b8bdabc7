"""Simplified Chinese: large numbers in groups of three, as in the tables of offices and schools."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
