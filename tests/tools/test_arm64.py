"""Liwa runs on Arm64 as it does on x86-64: every locked dependency does, and Liwa brings nothing of its own."""

import ast
import json
import re
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tools import arm64
from tools.arm64 import EXCEPTIONS, PAGE, ROOT, Locked, alignments, every, key, locked, troubles

AGAIN = "run `.venv/bin/python -m tools.arm64` after a lock has changed"


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(arm64.RECORD.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("one", every(), ids=key)
def test_every_locked_version_runs_on_arm64(one: Locked, record: dict[str, Any]) -> None:
    assert key(one) in record or one.name in EXCEPTIONS, AGAIN
    if one.name not in EXCEPTIONS:
        assert troubles(one, record[key(one)]) == []


def test_the_record_is_of_these_locks_and_names_no_place(record: dict[str, Any]) -> None:
    assert record.keys() <= set(map(key, every())), AGAIN
    assert sum(bool(found["objects"]) for found in record.values()) > 40
    assert not re.search(r"://|\"/|\\\\", json.dumps(record))


def test_exceptions_are_of_tests_alone_and_still_needed(record: dict[str, Any]) -> None:
    shipped = {one.name for python in arm64.PYTHONS for one in locked("requirements.lock", python)}
    assert shipped.isdisjoint(EXCEPTIONS)
    failing = {one.name for one in every() if troubles(one, record.get(key(one)))}
    assert failing == EXCEPTIONS.keys()


def test_both_sides_of_a_marker_are_looked_at() -> None:
    old, new = (
        {one.name: one.version for one in locked("requirements.lock", python)} for python in arm64.PYTHONS
    )
    assert old["numpy"] != new["numpy"]
    assert old.keys() == new.keys()
    assert "colorama" not in {one.name for one in every()}


# The script itself


def elf(*segments: tuple[int, int, int], machine: int = 183) -> bytes:
    """An ELF file with nothing but LOAD segments: (offset, address, alignment)."""
    head = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 64, 0, 0, 64, 56, 0, 0, 0, 0)
    )
    head = head[:54] + struct.pack("<HH", 56, len(segments)) + head[58:]
    parts = [struct.pack("<IIQQQQQQ", 1, 5, at, where, where, 1, 1, align) for at, where, align in segments]
    return head + b"".join(parts)


def wheel(folder: Path, name: str, **files: bytes) -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in files.items():
            archive.writestr(file, content)
    return path


def test_alignment_is_read_from_every_segment() -> None:
    assert alignments(elf((0, 0, 0x10000), (0x1F000, 0x2F000, 0x10000))) == [0x10000, 0x10000]
    assert alignments(elf((0, 0, 0x10000), (0x100, 0x200, 0x1000))) == [0x10000, 0]
    with pytest.raises(ValueError, match="Arm64"):
        alignments(elf((0, 0, 0x10000), machine=62))


def test_this_machine_s_own_files_are_read_as_its_tools_read_them(tmp_path: Path) -> None:
    """What we read in a file of this machine is what its segments say (by its own reader, where it has one)."""
    import sys

    library = Path(sys.executable).resolve()
    try:
        shown = subprocess.run(["readelf", "-lW", library], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no readelf here")
    aligned = [int(align, 16) for align in re.findall(r"^\s+LOAD\s.*\s(0x[0-9a-f]+)$", shown, re.MULTILINE)]
    content = bytearray(library.read_bytes())
    content[18:20] = struct.pack("<H", 183)
    assert alignments(bytes(content)) == aligned


@pytest.mark.parametrize(
    ("name", "content", "trouble"),
    [
        ("a-1-cp311-cp311-manylinux_2_17_aarch64.whl", elf((0, 0, PAGE)), ""),
        ("a-1-cp311-abi3-manylinux2014_aarch64.whl", elf((0, 0, 4 * PAGE)), ""),
        ("a-1-py3-none-any.whl", b"text", ""),
        ("a-1-cp311-cp311-manylinux_2_17_aarch64.whl", elf((0, 0, 0x1000)), "aligned to less"),
        ("a-1-cp311-cp311-manylinux_2_34_aarch64.whl", elf((0, 0, PAGE)), "not for Arm64"),
        ("a-1-cp311-cp311-manylinux_2_17_x86_64.whl", elf((0, 0, PAGE)), "not for Arm64"),
        ("a-1-cp311-cp311-manylinux_2_17_aarch64.whl", b"text", "without compiled code"),
        ("a-1-cp311-cp311-manylinux_2_28_aarch64.whl", elf((0, 0, PAGE)) + b"\0GLIBC_2.34\0", "glibc 2.34"),
    ],
)
def test_what_is_wrong_with_a_wheel(tmp_path: Path, name: str, content: bytes, trouble: str) -> None:
    found = arm64.examined(wheel(tmp_path, name, file=content))
    wrong = troubles(Locked("a", "1", "3.11", frozenset([found["sha256"]])), found)
    assert [trouble in one for one in wrong] == ([True] if trouble else [])
    assert (
        troubles(Locked("a", "1", "3.11", frozenset(["0" * 64])), found)[0]
        == "the lock does not know this wheel"
    )
    assert troubles(Locked("a", "1", "3.11", frozenset()), None) == ["no Arm64 wheel"]


# Liwa's own source


def sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    found = [ROOT / name for name in listed.decode().split("\0") if name]
    return [path for path in found if path.is_file()] or [
        path for path in (ROOT / "src").rglob("*") if path.is_file()
    ]


def test_no_compiled_code_of_our_own() -> None:
    compiled = {
        ".so",
        ".pyd",
        ".dll",
        ".dylib",
        ".a",
        ".o",
        ".c",
        ".cc",
        ".cpp",
        ".h",
        ".pyx",
        ".rs",
        ".wasm",
    }
    assert not [path for path in sources() if path.suffix in compiled and "node_modules" not in path.parts]
    assert not [path for path in sources() if path.read_bytes()[:4] == b"\x7fELF"]


# Set-up asks whether a library of the system can be loaded, and calls nothing in it.
MEANT = {"src/liwa/bootstrap/environment.py": ["ctypes"]}
NATIVE = {"ctypes", "cffi", "array", "mmap", "platform"}
# struct: no byte order means native order, native sizes and native gaps
WITHOUT_ORDER = re.compile(r"^[@=]|^[^<>!]")
# intp is what numpy counts places in arrays with, and never leaves the machine
NUMPY_NATIVE = {"intc", "int_", "uint", "uintc", "long", "ulong", "longdouble", "byteorder"}


def native(tree: ast.AST) -> list[str]:
    """What in a module would mean something else on another machine."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in NATIVE]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found += [node.module] if node.module and node.module.split(".")[0] in NATIVE else []
        elif isinstance(node, ast.Attribute) and node.attr in {"byteorder", "maxsize"}:
            found.append(node.attr)
        elif isinstance(node, ast.Attribute) and node.attr in NUMPY_NATIVE and _is_numpy(node.value):
            found.append(f"numpy.{node.attr}")
        elif isinstance(node, ast.Call):
            found += _of_call(node)
    return found


def _is_numpy(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in {"np", "numpy"}


def _of_call(node: ast.Call) -> list[str]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    first = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    if name in {"pack", "unpack", "pack_into", "unpack_from", "calcsize", "Struct", "iter_unpack"}:
        return [f"{name}({first!r})"] if not isinstance(first, str) or WITHOUT_ORDER.match(first) else []
    if name in {"tobytes", "frombuffer", "memmap", "tofile", "fromfile"}:
        return [] if _says_its_order(node) else [name]
    return []


def _says_its_order(node: ast.Call) -> bool:
    """Whether what becomes bytes was made `astype` of a type with an order, or of single bytes."""
    made = getattr(node.func, "value", None)
    if not isinstance(made, ast.Call) or getattr(made.func, "attr", "") != "astype":
        return False
    kind = made.args[0].value if made.args and isinstance(made.args[0], ast.Constant) else None
    return isinstance(kind, str) and (kind.startswith(("<", ">")) or kind in {"u1", "i1"})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import struct\nstruct.pack('<I', 1)", []),
        ("import struct\nstruct.pack('I', 1)", ["pack('I')"]),
        ("import struct\nstruct.unpack('=Q', b)", ["unpack('=Q')"]),
        ("int.from_bytes(b)", []),  # big-endian wherever it runs
        ("int.from_bytes(b, sys.byteorder)", ["byteorder"]),
        ("import ctypes", ["ctypes"]),
        ("from array import array", ["array"]),
        ("np.int_(3)", ["numpy.int_"]),
        ("np.int64(3)", []),
        ("np.zeros(3).tobytes()", ["tobytes"]),
        ("np.zeros(3).astype('<f8').tobytes()", []),
        ("np.zeros(3).astype(float).tobytes()", ["tobytes"]),
    ],
)
def test_what_counts_as_native(text: str, found: list[str]) -> None:
    assert native(ast.parse(text)) == found


def test_nothing_depends_on_byte_order_or_on_the_size_of_a_word() -> None:
    modules = sorted((ROOT / "src").rglob("*.py"))
    assert len(modules) > 200
    found = {
        str(module.relative_to(ROOT)): what
        for module in modules
        if (what := native(ast.parse(module.read_text(encoding="utf-8"))))
    }
    assert found == MEANT
