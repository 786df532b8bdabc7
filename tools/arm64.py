"""Do the locked dependencies run on Arm64 servers whose kernel has pages of 64 KiB?

    .venv/bin/python -m tools.arm64 [--keep FOLDER]

Downloads the Arm64 wheel of every locked version from wherever pip is configured to look, checks it against the
lock's hashes, reads the program headers of every ELF file in it, and writes what it found to `arm64.json` beside this
file. `tests/tools/test_arm64.py` holds the locks to that record without the network; run this again after a lock
has changed. Wheels that fail are listed, and the exit code is then 1.

A shared object is loaded only where each of its LOAD segments is aligned to at least the kernel's page size; what was
linked for pages of 4 KiB is refused with "ELF load command alignment not page-aligned".
"""

import argparse
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.markers import Marker
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[1]
RECORD = Path(__file__).with_suffix(".json")
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")
PYTHONS = ("3.11", "3.12")  # the locks differ between these two
GLIBC = 28  # 2.28: Kylin V10, openEuler 20.03 and later
PAGE = 64 * 1024
PLATFORMS = [
    "manylinux2014_aarch64",
    *(f"manylinux_2_{minor}_aarch64" for minor in range(17, GLIBC + 1)),
]
# Of tests alone: what fails there stops nobody from running Liwa. Name: reason.
EXCEPTIONS: dict[str, str] = {}

_AARCH64, _LOAD = 183, 1


@dataclass(frozen=True)
class Locked:
    """One line of a lock that counts on Arm64 Linux: its hashes are SHA-256 (hex)."""

    name: str
    version: str
    python: str
    hashes: frozenset[str]


def locked(lock: str, python: str) -> list[Locked]:
    """What the lock names for this Python on Arm64 Linux."""
    environment = {
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": "aarch64",
        "platform_system": "Linux",
        "sys_platform": "linux",
        "os_name": "posix",
        "python_version": python,
        "python_full_version": f"{python}.0",
    }
    found = []
    text = re.sub(r"\s*\\\n\s*", " ", (ROOT / lock).read_text(encoding="utf-8"))
    for line in text.splitlines():
        entry = re.match(r"([a-z0-9-]+)==(\S+)(?: ; (.+?))?(?= --hash)", line)
        if entry and (entry[3] is None or Marker(entry[3]).evaluate(environment)):
            hashes = frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
            found.append(Locked(entry[1], entry[2], python, hashes))
    return found


def every() -> list[Locked]:
    """Each locked version once for each Python, by name."""
    found = {
        (one.name, one.version, one.python): one for lock in LOCKS for p in PYTHONS for one in locked(lock, p)
    }
    return [found[key] for key in sorted(found)]


# Wheels


def is_arm64(file: str) -> bool:
    """Whether the wheel of this name is for Arm64 Linux with a glibc that is old enough, or for everything."""
    _, _, _, tags = parse_wheel_filename(file)
    platforms = {tag.platform for tag in tags}
    return "any" in platforms or not platforms.isdisjoint(PLATFORMS)


def is_pure(file: str) -> bool:
    """Whether the wheel of this name holds no compiled code."""
    return all(tag.platform == "any" for tag in parse_wheel_filename(file)[3])


def download(one: Locked, folder: Path) -> Path | None:
    """The wheel for Arm64; None where the index has none, and pip's own words on standard error."""
    into = folder / f"{one.name}-{one.python}"
    asked = into.with_suffix(".txt")
    hashes = " ".join(f"--hash=sha256:{sha256}" for sha256 in sorted(one.hashes))
    asked.write_text(f"{one.name}=={one.version} {hashes}\n", encoding="ascii")
    abi = "cp" + one.python.replace(".", "")
    wanted = [word for platform in PLATFORMS for word in ("--platform", platform)]
    wanted += ["--python-version", one.python, "--implementation", "cp"]
    wanted += ["--abi", abi, "--abi", "abi3", "--abi", "none"]
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
    ]
    ran = subprocess.run(
        [*command, *wanted, "-d", str(into), "-r", str(asked)], check=False, capture_output=True, text=True
    )
    if ran.returncode:
        print(ran.stderr.strip(), file=sys.stderr)
    return next(into.glob("*.whl"), None)


# ELF (System V ABI, chapter 5: program header)


def alignments(elf: bytes) -> list[int]:
    """The alignment of each LOAD segment of an ELF file for Arm64.

    0 stands for a segment that is not placed as its alignment says. Raises ValueError for any other machine.
    """
    is_little_64 = elf[4:6] == b"\x02\x01"
    if not is_little_64 or struct.unpack_from("<H", elf, 18)[0] != _AARCH64:
        raise ValueError("not an ELF file for little-endian Arm64")
    start, size, number = struct.unpack_from("<Q", elf, 32)[0], *struct.unpack_from("<HH", elf, 54)
    found = []
    for at in range(start, start + size * number, size):
        kind, _, offset, address, _, _, _, align = struct.unpack_from("<IIQQQQQQ", elf, at)
        if kind == _LOAD:
            found.append(align if align and offset % align == address % align else 0)
    return found


def objects(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of every ELF file in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            with archive.open(name) as file:
                if file.read(4) != b"\x7fELF":
                    continue
            yield name, archive.read(name)


def needed_glibc(elf: bytes) -> int:
    """The newest 2.x of glibc whose symbols the file names; 0 for none."""
    return max((int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?:\.\d+)?\0", elf)), default=0)


def examined(wheel: Path) -> dict[str, Any]:
    """What is recorded of a wheel."""
    found: dict[str, Any] = {
        "wheel": wheel.name,
        "sha256": hashlib.sha256(wheel.read_bytes()).hexdigest(),
        "objects": 0,
    }
    for name, elf in objects(wheel):
        found["objects"] += 1
        least = min(alignments(elf), default=0)
        found["least_alignment"] = min(least, found.get("least_alignment", least))
        found["glibc"] = max(needed_glibc(elf), found.get("glibc", 0))
        if least < PAGE:
            found.setdefault("misaligned", {})[name] = least
    return found


def troubles(one: Locked, found: dict[str, Any] | None) -> list[str]:
    """What is wrong with what was recorded of a locked version; nothing where all is well."""
    if found is None:
        return ["no Arm64 wheel"]
    wrong = []
    if found["sha256"] not in one.hashes:
        wrong.append("the lock does not know this wheel")
    if not is_arm64(found["wheel"]):
        wrong.append(f"{found['wheel']} is not for Arm64 with glibc 2.{GLIBC}")
    if not is_pure(found["wheel"]) and not found["objects"]:
        wrong.append("a wheel for one platform without compiled code")
    if found["objects"] and found["least_alignment"] < PAGE:
        wrong.append(f"aligned to less than {PAGE} bytes: {', '.join(sorted(found['misaligned']))}")
    if found.get("glibc", 0) > GLIBC:
        wrong.append(f"needs glibc 2.{found['glibc']}")
    return wrong


def key(one: Locked) -> str:
    """How a locked version is called in the record."""
    return f"{one.name}=={one.version} on {one.python}"


def main() -> int:
    """Examine every locked version and write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--keep", type=Path, help="a folder for the wheels; what lies there is not fetched again"
    )
    keep = parser.parse_args().keep
    record: dict[str, Any] = {}
    failed = False
    with tempfile.TemporaryDirectory(prefix="liwa-arm64-") as folder:
        place = keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        for one in every():
            wheel = next((place / f"{one.name}-{one.python}").glob("*.whl"), None) or download(one, place)
            found = examined(wheel) if wheel else None
            if found is not None:
                record[key(one)] = found
            for trouble in troubles(one, found):
                excepted = EXCEPTIONS.get(one.name)
                failed = failed or not excepted
                print(f"{key(one)}: {trouble}" + (f" (excepted: {excepted})" if excepted else ""))
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    compiled = sum(bool(found["objects"]) for found in record.values())
    print(f"{len(record)} wheels, {compiled} with compiled code, recorded.")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
