"""The catalogs are complete, and the check that says so can fail."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from liwa.insight.reasons import TEMPLATES
from liwa.portal import translations
from liwa.portal.reasons import in_words

PO = """\
msgid "Sign in"
msgstr "{sign_in}"

msgid "%(count)s row"
msgid_plural "%(count)s rows"
msgstr[0] "{rows}"
"""
PAGE = """\
{% load i18n %}<h1>{% translate "Sign in" %}</h1>
  {% blocktranslate trimmed count count=rows|length %}
    {{ count }} row
  {% plural %}
    {{ count }} rows
  {% endblocktranslate %}
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package with one template and one catalog, made with the given translations."""
    root = tmp_path / "liwa"
    locale = root / "locale"
    monkeypatch.setattr(translations, "ROOT", root)
    monkeypatch.setattr(translations, "LOCALE", locale)
    monkeypatch.setattr(translations, "_sentences", lambda: iter(()))
    folder = locale / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (root / "page.html").write_text(PAGE, encoding="utf-8")

    def make(sign_in: str = "登录", rows: str = "%(count)s 行", extra: str = "") -> Path:
        text = PO.format(sign_in=sign_in, rows=rows) + extra
        (folder / "django.po").write_text(text, encoding="utf-8")
        translations.compile_catalogs()
        return folder / "django.po"

    return make


def test_everything_is_translated() -> None:
    assert translations.check() == []


def test_a_complete_catalog_passes(small) -> None:
    small()
    assert translations.check() == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"sign_in": ""}, "is not translated"),
        ({"rows": "%(n)s 行"}, "other placeholders"),
        ({"rows": "行"}, "other placeholders"),
        ({"extra": '\nmsgid "Gone"\nmsgstr "没了"\n'}, "said nowhere"),
    ],
)
def test_what_is_wrong_is_named(small, changed: dict[str, str], complaint: str) -> None:
    small(**changed)
    (problem,) = translations.check()
    assert complaint in problem


def test_a_fuzzy_translation_is_not_enough(small) -> None:
    path = small()
    path.write_text(path.read_text("utf-8").replace('msgid "Sign', '#, fuzzy\nmsgid "Sign'), encoding="utf-8")
    assert any("is fuzzy" in problem for problem in translations.check())


def test_a_new_word_is_missed_then_extracted(small) -> None:
    path = small()
    page = translations.ROOT / "more.py"
    page.write_text('from x import gettext\ngettext("More")\n', encoding="utf-8")
    assert any("'More' is missing" in problem for problem in translations.check())
    translations.extract()
    assert 'msgid "More"\nmsgstr ""' in path.read_text("utf-8")
    assert "登录" in path.read_text("utf-8")
    assert translations.check() == ["zh_Hans: 'More' is not translated", *translations.check()[1:]]


def test_a_stale_compilation_is_seen(small) -> None:
    path = small()
    path.write_text(path.read_text("utf-8").replace("登录", "登 录"), encoding="utf-8")
    assert translations.check() == ["zh_Hans: django.mo is not what django.po says; run `compile`"]
    translations.compile_catalogs()
    assert translations.check() == []


def test_an_f_string_is_refused(small) -> None:
    small()
    (translations.ROOT / "bad.py").write_text(
        'from x import gettext as _\n_(f"{1} more")\n', encoding="utf-8"
    )
    assert translations.check() == ["liwa/bad.py:2: an f-string cannot be translated"]


def test_extracting_and_compiling_twice_changes_nothing(small) -> None:
    path = small()
    translations.extract()
    translations.compile_catalogs()
    once = path.read_bytes(), path.with_suffix(".mo").read_bytes()
    translations.extract()
    translations.compile_catalogs()
    assert (path.read_bytes(), path.with_suffix(".mo").read_bytes()) == once


def test_the_command_says_how_it_is_used(capsys) -> None:
    assert translations.main([]) == 2
    assert "extract|compile|check" in capsys.readouterr().err


def test_reasons_are_said_in_chinese() -> None:
    numbers = dict.fromkeys(("count", "days", "mean", "last", "points", "percent", "weeks"), 3)
    with translation.override("zh-hans"):
        for key in TEMPLATES:
            words = in_words({"key": key, **numbers})
            assert any("\u4e00" <= letter <= "\u9fff" for letter in words), key
            assert "%%" not in words


def test_no_word_hides_behind_another_name() -> None:
    """`gettext as say` would leave what it says out of the catalog, untranslated and unseen."""
    named = re.compile(r"import .*?\b(n?p?gettext\w*) as (\w+)")
    known = set(translations.KEYWORDS)
    for path in sorted(translations.ROOT.rglob("*.py")):
        for function, alias in named.findall(path.read_text(encoding="utf-8")):
            assert alias in known and (alias != "_" or function.startswith("gettext")), path
