"""One module for each kind of source; each turns outside files into typed rows and knows no database."""

from collections.abc import Callable, Iterator
from pathlib import Path

from liwa.core.feeds import Campus, Feed
from liwa.core.registry import Registry
from liwa.core.rows import BulkPart, Part

Source = Callable[[Feed, Path, Campus], Iterator[Part | BulkPart]]

sources: Registry[Source] = Registry("source", "liwa.sources")
