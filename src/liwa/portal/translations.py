"""The pages' words in other languages: collected from the code, compiled, and held to be complete.

    python -m liwa.portal.translations extract    # new words into every django.po, gone ones out
    python -m liwa.portal.translations compile    # django.po to django.mo
    python -m liwa.portal.translations check      # what `./liwa lint` runs

No GNU gettext is needed: Babel, of the test requirements, reads and writes the catalogs. Words come from calls of
gettext and its kin in Python files and templates, and from sentences that other parts of Liwa write in English and
pages show (`_sentences`).
"""

import ast
import os
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parents[1]
LOCALE = Path(__file__).parent / "locale"

# Function -> places of its arguments; "c" is the context.
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""
# The catalogs' own dates say nothing that git does not know, and would make each compile differ.
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[#0\- +]?\d*(?:\.\d+)?([a-zA-Z%])")


def template() -> Catalog:
    """Every word there is to translate, with the files that say it."""
    catalog = Catalog(charset="utf-8")
    for path in _files():
        name = path.relative_to(ROOT.parent).as_posix()
        for identity, context in _words(path):
            catalog.add(identity, context=context, locations=[(name, 0)])
    for sentence, name in _sentences():
        catalog.add(sentence, locations=[(name, 0)])
    return catalog


def extract() -> None:
    """Bring every catalog up to date: new words untranslated, those no longer said left out."""
    wanted = template()
    for path in catalogs():
        old = _read(path)
        fresh = Catalog(locale=old.locale, charset="utf-8")
        for message in sorted(_messages(wanted), key=_order):
            known = old.get(message.id, message.context)
            fresh.add(
                message.id,
                known.string if known else "",
                context=message.context,
                locations=sorted(set(message.locations)),
                flags=message.flags | (known.flags if known else set()),
            )
        _write(path, fresh)


def compile_catalogs() -> None:
    """Write each django.mo beside its django.po."""
    for path in catalogs():
        path.with_suffix(".mo").write_bytes(_compiled(_read(path)))


def check() -> list[str]:
    """What is wrong, one sentence each."""
    wanted = template()
    problems = [problem for path in _files() if path.suffix == ".py" for problem in _formatted(path)]
    for path in catalogs():
        name = path.relative_to(LOCALE).parts[0]
        catalog = _read(path)
        problems += [f"{name}: {problem}" for problem in _incomplete(wanted, catalog)]
        if not _is_compiled(path, catalog):
            problems.append(f"{name}: django.mo is not what django.po says; run `compile`")
    return problems


def catalogs() -> list[Path]:
    """The django.po of each language."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def _files() -> list[Path]:
    skipped = {"static", "frontend", "__pycache__"}
    found = (path for suffix in ("*.py", "*.html") for path in ROOT.rglob(suffix))
    return sorted(path for path in found if not skipped & set(path.parts))


def _words(path: Path) -> Iterator[tuple[Any, str | None]]:
    """(words, context) of one file; words are a pair where there is a plural."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        text = _as_python(text, str(path))
    elif not any(word in text for word in ("gettext", "_(")):
        return
    for _line, function, arguments, _comments in extract_python(
        BytesIO(text.encode()), KEYWORDS, [], {"encoding": "utf-8"}
    ):
        yield from _identity(KEYWORDS[str(function)], arguments)


def _as_python(text: str, origin: str) -> str:
    """A template as the Python calls it comes to; Django blanks out the rest with letters."""
    from django.utils.translation.template import templatize

    return "\n".join(line.strip() for line in templatize(text, origin=origin).splitlines())


def _identity(places: Any, arguments: Any) -> Iterator[tuple[Any, str | None]]:
    """The words and context of one call; a call with something else than words says nothing to translate."""
    given = arguments if isinstance(arguments, tuple) else (arguments,)
    context, words = None, []
    for place in places or (1,):
        number = place[0] if isinstance(place, tuple) else place
        value = given[number - 1] if number <= len(given) else None
        if not value:
            return
        if isinstance(place, tuple):
            context = value
        else:
            words.append(value)
    yield (tuple(words) if len(words) > 1 else words[0]), context


def _sentences() -> Iterator[tuple[str, str]]:
    """(sentence, the file it is in): what the model's card says, which knows nothing of Django."""
    from liwa.insight import card
    from liwa.insight.features import features

    for sentence in card.SENTENCES:
        yield sentence, "liwa/insight/card.py"
    for name, feature in features.items():
        for column in feature.columns:
            yield column.meaning, f"liwa/insight/features/{name}.py"


def _incomplete(wanted: Catalog, catalog: Catalog) -> Iterator[str]:
    for message in _messages(wanted):
        known = catalog.get(message.id, message.context)
        shown = message.id if isinstance(message.id, str) else message.id[0]
        if known is None:
            yield f"{shown!r} is missing; run `extract`"
        elif known.fuzzy:
            yield f"{shown!r} is fuzzy"
        elif not all(_strings(known)):
            yield f"{shown!r} is not translated"
        elif any(
            _placeholders(one) != _placeholders(_strings(message, own=True)[-1]) for one in _strings(known)
        ):
            yield f"{shown!r} has other placeholders in its translation"
    for message in _messages(catalog):
        if wanted.get(message.id, message.context) is None:
            yield f"{message.id!r} is said nowhere any more; run `extract`"


def _formatted(path: Path) -> Iterator[str]:
    """Calls that translate an f-string: its value is never in a catalog."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in KEYWORDS and any(isinstance(one, ast.JoinedStr) for one in node.args):
            yield f"{path.relative_to(ROOT.parent)}:{node.lineno}: an f-string cannot be translated"


def _is_compiled(path: Path, catalog: Catalog) -> bool:
    compiled = path.with_suffix(".mo")
    if not compiled.exists():
        return False
    with compiled.open("rb") as file:
        return _content(read_mo(file)) == _content(read_mo(BytesIO(_compiled(catalog))))


def _content(catalog: Catalog) -> dict[Any, Any]:
    return {(_strings(one, own=True), one.context): _strings(one) for one in _messages(catalog)}


def _compiled(catalog: Catalog) -> bytes:
    file = BytesIO()
    catalog.creation_date = catalog.revision_date = UNDATED
    write_mo(file, catalog)
    return file.getvalue()


def _messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _strings(message: Message, *, own: bool = False) -> Sequence[str]:
    value = message.id if own else message.string
    return (value,) if isinstance(value, str) else tuple(value or ("",))


def _placeholders(text: str) -> list[tuple[str, str]]:
    return sorted(set(PLACEHOLDER.findall(text)))


def _order(message: Message) -> tuple[str, str]:
    where = min((name for name, _line in message.locations), default="")
    return where, str(message.id)


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def _write(path: Path, catalog: Catalog) -> None:
    with path.open("wb") as file:
        file.write(HEADER.format(language=path.parents[1].name, plural=catalog.plural_forms).encode())
        write_po(file, catalog, width=110, omit_header=True, include_lineno=False, sort_output=False)


def main(arguments: Sequence[str]) -> int:
    """Do one of the three; returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")
    if list(arguments) == ["extract"]:
        extract()
    elif list(arguments) == ["compile"]:
        compile_catalogs()
    elif list(arguments) == ["check"]:
        problems = check()
        sys.stdout.write("".join(f"{problem}\n" for problem in problems))
        return 1 if problems else 0
    else:
        sys.stderr.write("use: python -m liwa.portal.translations extract|compile|check\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
