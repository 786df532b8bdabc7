"""Named SQL statements, kept in `.sql` files beside the code that runs them.

    -- name: drop
    DROP TABLE {stage}

Places in braces are filled with names that have been quoted; values are always bound.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


class Statements:
    """The statements of one or several files; a later file replaces what an earlier one calls the same."""

    def __init__(self, *files: Path) -> None:
        self._texts: dict[str, str] = {}
        for file in files:
            self._texts.update(_read(file))

    def __call__(self, name: str, places: Mapping[str, str]) -> str:
        """The statement `name` with its places filled."""
        return self._texts[name].format_map(places)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __contains__(self, name: str) -> bool:
        return name in self._texts


def _read(file: Path) -> dict[str, str]:
    _, *pieces = _HEADING.split(file.read_text(encoding="utf-8"))
    return {name: body.strip() for name, body in zip(pieces[::2], pieces[1::2], strict=True)}
