"""Liwa, an open smart-campus platform."""

__version__ = "0.1.0"
