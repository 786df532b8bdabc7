"""What is installed is exact, checked and from wherever the user's own tools look."""

import ast
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-test.lock", "requirements-node.lock")
FRONTEND = ROOT / "src/liwa/portal/frontend"


def pins(lock: str) -> dict[tuple[str, str], str]:
    """The entries of a lock: (name, marker) to version, with the hashes checked on the way."""
    found = {}
    text = re.sub(r"\s*\\\n\s*", " ", (ROOT / lock).read_text(encoding="utf-8"))
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        entry = re.fullmatch(
            r"([a-z0-9-]+)==(\S+)( ; [^-]+?)?((?: --hash=sha256:[0-9a-f]{64})+)", line.strip()
        )
        assert entry, f"{lock}: not exactly pinned: {line[:80]}"
        found[entry[1], entry[3] or ""] = entry[2]
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_is_pinned_by_hash_and_names_no_place(lock: str) -> None:
    assert pins(lock)
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--(?:extra-)?index-url|--find-links| @ |^-e|\s/\w", text, re.MULTILINE)


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-test.lock").items()


def test_the_lock_holds_every_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = {name for name, _ in pins("requirements.lock")}
    declared = {re.match(r"[a-z0-9-]+", line)[0] for line in project["dependencies"]}  # type: ignore[index]
    asked = re.findall(
        r"^[a-z][a-z0-9-]*", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert declared <= locked
    assert declared | {"hatchling", "editables"} == set(asked)


def test_front_end_libraries_have_hashes_and_no_addresses() -> None:
    packages = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    libraries = {name: package for name, package in packages.items() if name}
    assert libraries
    for name, package in libraries.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, name


def test_front_end_lock_and_list_agree() -> None:
    wanted = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    packages = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert packages[""]["dependencies"] == wanted["dependencies"]
    for origin in wanted["vendor"].values():
        assert any(
            origin.startswith(f"{name.removeprefix('node_modules/')}/") for name in packages if name
        ), origin


def test_every_third_party_is_named_in_the_notice() -> None:
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    names = {name for lock in LOCKS for name, _ in pins(lock)}
    assert [name for name in sorted(names) if not re.search(rf"(?<![\w-]){name}(?![\w-])", notice)] == []


def test_the_launcher_uses_the_standard_library_alone() -> None:
    for file in (ROOT / "src/liwa/bootstrap").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                allowed = name.startswith("liwa.bootstrap") or name.split(".")[0] in sys.stdlib_module_names
                assert allowed, f"{file.name} imports {name}"


def test_what_the_launcher_loads_first_imports_nothing() -> None:
    tree = ast.parse((ROOT / "src/liwa/__init__.py").read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
