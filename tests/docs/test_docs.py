"""What there is, is documented; what is documented, is there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from liwa.core.config import declared
from liwa.core.registry import import_all
from liwa.sources import sources

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def _commands() -> set[str]:
    import typer

    from liwa.cli import app

    import_all("liwa.cli")
    return set(_below(typer.main.get_command(app), ""))


def _below(command: object, name: str) -> Iterator[str]:
    """The names of all commands in a group of them, however deep."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
        return
    for sub, one in inner.items():
        yield from _below(one, f"{name} {sub}".strip())


def test_every_setting_is_documented() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `(LIWA_[A-Z_]+)`", text, re.M))
    assert documented == set(declared())


def test_every_command_is_documented() -> None:
    text = (DOCS / "commands.md").read_text(encoding="utf-8")
    table = text.split("## Exit codes")[0]
    documented = set()
    for row in re.findall(r"^\| (`liwa .*?) \|", table, re.M):
        names = re.findall(r"`([a-z ]+)`", row)
        group = names[0].removeprefix("liwa ").rpartition(" ")[0]
        documented |= {
            name.removeprefix("liwa ") if name.startswith("liwa ") else f"{group} {name}" for name in names
        }
    assert documented == _commands()


@pytest.mark.parametrize("name", list(sources))
def test_every_source_has_a_page(name: str) -> None:
    assert (DOCS / "sources" / f"{name}.md").stat().st_size > 500


def test_every_runtime_dependency_has_its_reason() -> None:
    names = re.findall(r"^([a-z][a-z0-9-]+)", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.M)
    table = (ROOT / "MAP.md").read_text(encoding="utf-8").split("## Dependencies")[1].lower()
    missing = [name for name in names if name.removesuffix("-framework") not in table]
    assert len(names) > 10
    assert not missing


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("deploy/*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)} -> {target}")
    assert not broken
