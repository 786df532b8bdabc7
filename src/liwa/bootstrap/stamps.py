"""Stamps: what was installed from which inputs, so that nothing is done twice."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path


def digest(files: Iterable[Path], *facts: str) -> str:
    """A fingerprint of the content of `files` and of `facts`, all in order."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    for fact in facts:
        total.update(hashlib.sha256(fact.encode()).digest())
    return total.hexdigest()


def this_python() -> str:
    """What an installed environment depends on besides its requirements: the Python release and the machine."""
    release = ".".join(map(str, sys.version_info[:3]))
    return f"{sys.implementation.name} {release} {os.uname().sysname} {os.uname().machine}"


class Stamps:
    """The fingerprints of what was completed, by name, in one small file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def holds(self, name: str, fingerprint: str) -> bool:
        """Whether step `name` was completed from exactly these inputs."""
        return self._read().get(name) == fingerprint

    def put(self, name: str, fingerprint: str) -> None:
        """Record that step `name` is complete; a crash leaves the old or the new record, never half of one."""
        text = json.dumps({**self._read(), name: fingerprint}, indent=1)
        fresh = self.file.with_name(f"{self.file.name}.new")
        with fresh.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self.file)
