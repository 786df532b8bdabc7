"""Whatever the code can say to the data office, it says in the reader's language."""

import csv
import re

import pytest
from django.urls import reverse
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from liwa.accounts.models import Account
from liwa.core.errors import Held
from liwa.core.rows import RECORDS
from liwa.flows.removals import check_removals
from liwa.portal import sentences
from liwa.portal.sentences import PLACE, translated
from liwa.portal.templatetags.office import message
from liwa.records.intake import Removal
from liwa.records.models import Load, RefusedRow
from tests.portal.sentences import SAMPLE, failures, refusals, rules

CHINESE = re.compile(r"[\u4e00-\u9fff]")
BROKEN_CSV = ('a,"b"c,d', 'a,"b', '"a"b', 'a,"b\r\n')
# Said by other versions of Python, by a class of the module, and by putting two sentences together.
ELSEWHERE = {
    "is not sound CSV: line contains NUL",
    "is not sound CSV: unexpected end of data",
    "is not sound CSV: field larger than field limit (131072)",
    "is not sound CSV: new-line character seen in unquoted field - "
    "do you need to open the file with newline=''?",
    "is not sound CSV: a quotation mark is not closed",
    "is not sound CSV: more than 262,144 characters",
    "sis.zip: users.csv is empty: not even a heading.",
}
EVERY = sorted({*sentences._templates()[0], *(template for template, _ in sentences._templates()[1])})


def in_chinese(sentence: str) -> str:
    with override("zh-hans"):
        return translated(sentence)


def csv_errors() -> set[str]:
    """What Python's csv module says of broken files, in its own words of whatever version this is."""
    found = set()
    for text in BROKEN_CSV:
        try:
            list(csv.reader([text], strict=True))
        except csv.Error as error:
            found.add(f"is not sound CSV: {error}")
    return found


def removals() -> set[str]:
    """What a load would remove of each table: with and without ids."""
    said = set()
    much = Removal("enrollment", 1000, ["e1"] * 900)
    for record in RECORDS:
        for keys in (["a1", "a2"], ["a1"] * 900):
            try:
                check_removals("sis", [Removal(record.table, 1000, keys), much])
            except Held as held:
                said.add(held.message)
    return said


def dangling() -> set[str]:
    return {f"no {record.table.replace('_', ' ')} has this sourcedId" for record in RECORDS}


@pytest.mark.parametrize(
    "sentence", sorted(refusals() | rules() | csv_errors() | dangling() | removals() | ELSEWHERE)
)
def test_every_reason_is_said_in_chinese(sentence: str) -> None:
    said = in_chinese(sentence)
    assert CHINESE.search(said), said
    assert said.count(SAMPLE) == sentence.count(SAMPLE)


@pytest.mark.parametrize("sentence", sorted(failures()))
def test_every_message_of_a_load_is_said_in_chinese(sentence: str) -> None:
    with override("zh-hans"):
        assert CHINESE.search(message(Load(message=sentence)))


def test_the_code_was_read() -> None:
    """Sentences of each way of saying them: written out, with values, by name, by a function, either this or that."""
    assert refusals() >= {
        "is missing",
        f"has {SAMPLE} fields where the heading has {SAMPLE}",
        f"holds bytes that are not {SAMPLE}",
        "given before, in another file",
        f"given before, on line {SAMPLE}",
    }
    assert rules() >= {"an array of strings", "another statement of the request has the same id"}
    assert failures() >= {
        "The disk of the database is full.",
        f"Feed {SAMPLE}: options.{SAMPLE} has to be text.",
    }
    assert len(csv_errors()) >= 2
    assert len(removals()) == 2 * len(RECORDS)


def test_no_sentence_is_kept_that_nothing_says() -> None:
    said = refusals() | rules() | failures() | csv_errors() | dangling() | removals() | ELSEWHERE
    used: set[str] = set()
    while said:
        found = {one for one in map(sentences._recognised, said) if one}
        used |= {template for template, _ in found}
        said = {part for _, values in found for _, value in values for part in value.split("; ")} - used
    assert set(EVERY) - used == set()


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("no klass has this sourcedId", "没有教学班使用此 sourcedId"),
        ("is not sound CSV: a quotation mark is not closed", "不是有效的 CSV：引号没有闭合"),
        ("must be a string, not a number", "必须是字符串，而不是数字"),
        (
            "sis.zip: The heading of users.csv cannot be read: it holds a NUL character.",
            "sis.zip：无法读取 users.csv 的表头：含有 NUL 字符。",
        ),
        ("map.csv, line 3: activity is missing.", "map.csv 第 3 行：activity 缺失。"),
        (
            "This load would remove 412 of 1,960 active enrollments (21%), among them e-1, e-2; "
            "3 of 9 active classes (33%). These are rows of the feed sis. Nothing was changed.",
            "本次加载将删除：1,960 条有效选课记录中的 412 条（21%），其中有 e-1, e-2；"
            "9 条有效教学班中的 3 条（33%）。这些行属于数据源 sis。未作任何更改。",
        ),
        ("words of another version", "words of another version"),
    ],
)
def test_sentences_within_sentences(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


@given(st.sampled_from(EVERY), st.lists(st.text(), min_size=9, max_size=9))
def test_in_english_a_sentence_is_as_it_was_said(template: str, values: list[str]) -> None:
    left = iter(values)
    sentence = PLACE.sub(lambda place: next(left), template)
    with override("en"):
        assert translated(sentence) == sentence
    in_chinese(sentence)  # whatever is in it


def test_pages_and_the_file_of_refused_rows_say_it(signed_in) -> None:
    client = signed_in("data-office")
    RefusedRow.objects.update(reason="no user has this sourcedId")
    Load.objects.filter(feed="sis").update(state="failed", message="sis.zip is not a zip file.")
    english, chinese = "no user has this sourcedId", "没有用户使用此 sourcedId"
    assert english in client.get(reverse("quarantine")).content.decode()
    Account.objects.filter(username="data-office").update(language="zh-hans")
    page = client.get(reverse("quarantine")).content.decode()
    assert chinese in page
    assert english not in page
    load = Load.objects.get(feed="sis")
    assert "sis.zip 不是 zip 文件。" in client.get(reverse("load", kwargs={"load": load.pk})).content.decode()
    sent = b"".join(client.get(reverse("quarantine"), {"as": "csv"})).decode()
    assert chinese in sent
    assert english not in sent
