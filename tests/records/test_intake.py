"""What is staged is checked as a whole: repeats, owners, references, removals."""

from typing import Any

import pytest

from liwa.core.rows import User
from liwa.records.intake import LINE_BITS, Intake
from liwa.records.models import Enrollment, Klass, Org, Outcome, Role
from liwa.records.models import User as Person
from tests.records import school
from tests.records.school import base, enrollment, klass, org, outcome, role, take, term, user

pytestmark = pytest.mark.django_db


def said(refused: list[Any]) -> list[tuple[int, str, str]]:
    """(line, field, key), by line."""
    return sorted((one.line & ((1 << LINE_BITS) - 1), one.field, one.key) for one in refused)


def test_repeats_are_mistakes_where_the_part_says_so() -> None:
    refused, _ = take([user("u1", username="first"), user("u1", username="second")], mistakes=(0,))
    assert said(refused) == [(3, "sourcedId", "u1")]
    assert refused[0].reason == "given before, on line 2"
    assert Person.objects.get().username == "first"


def test_else_the_last_counts() -> None:
    refused, _ = take([user("u1", username="first"), user("u1", username="second")])
    assert refused == []
    assert Person.objects.get().username == "second"


def test_a_repeat_in_another_file_says_so() -> None:
    refused, _ = take([user("u1")], [user("u1")], mistakes=(1,))
    assert refused[0].line >> LINE_BITS == 1
    assert refused[0].reason == "given before, in another file"


def test_references_within_a_table() -> None:
    refused, _ = take(
        [org("b", "a"), org("a"), org("d", "gone"), org("e", "d"), org("f", "e"), org("g", "g")]
    )
    assert said(refused) == [(4, "parent", "d"), (5, "parent", "e"), (6, "parent", "f")]
    assert sorted(Org.objects.values_list("pk", flat=True)) == ["a", "b", "g"]


def test_one_refusal_leads_to_others() -> None:
    refused, _ = take(
        [org("o1", "gone")],
        [term(), school.course(), klass()],
        [user("u1"), role("r1", "u1", "o1")],
        [enrollment("u1", school="o1"), enrollment("u2")],
    )
    assert {(one.field, one.key) for one in refused} == {
        ("parent", "o1"),
        ("org", "r1"),
        ("school", "e-k1-u1"),
        ("user", "e-k1-u2"),
    }
    assert Person.objects.exists()
    assert not Role.objects.exists()
    assert not Enrollment.objects.exists()


def test_all_rows_of_a_line_go_together() -> None:
    with Intake("sis") as intake:
        intake.add(2, [user("u1"), role("r1", "u1", "gone")])
        intake.add(3, [user("u2")])
        intake.staged()
        assert list(intake.refuse(())) == [2]
        intake.apply([])
    assert Person.objects.get().pk == "u2"


def test_known_rows_can_be_named_without_being_given_again() -> None:
    base("u1")
    refused, _ = take([klass("k2")], [enrollment("u1", "k2")])
    assert refused == []


def test_terms_that_do_not_exist() -> None:
    take([school.course(), term("t1")])
    refused, _ = take([klass("k1", ("t1", "t2")), klass("k2", ("t1",)), klass("k3", ())], [term("t2")])
    assert refused == []
    refused, _ = take([klass("k4", ("t1", "t9")), klass("k5", ("t3",))], [])
    assert said(refused) == [(2, "terms", "k4"), (3, "terms", "k5")]
    assert refused[0].reason == "no academic session has this sourcedId"
    assert Klass.objects.count() == 3


def test_a_refused_term_takes_its_classes_along() -> None:
    take([school.course()])
    bad = term("t2")
    bad.parent = "gone"
    refused, _ = take([bad], [klass("k1", ("t2",)), klass("k2", ())])
    assert said(refused) == [(2, "parent", "t2"), (2, "terms", "k1")]


def test_columns_that_are_too_short() -> None:
    refused, _ = take(
        [user("u1", username="n" * 256), user("u2", username="n" * 255), user("u3", sms="s" * 41)]
    )
    assert said(refused) == [(2, "username", "u1"), (4, "sms", "u3")]
    assert [len(one.value) for one in refused] == [200, 41]


def test_rows_belong_to_the_feed_that_gave_them() -> None:
    take([user("u1", username="theirs")], feed="sis")
    refused, removals = take([user("u1", username="ours")], feed="hr", complete=(("user",),))
    assert said(refused) == [(2, "sourcedId", "u1")]
    assert refused[0].reason == "belongs to the feed sis"
    assert removals == []
    assert Person.objects.get().username == "theirs"


def test_what_a_feed_has_given_up_another_may_give() -> None:
    take([user("u1")], feed="sis")
    take([], feed="sis", complete=(("user",),))
    refused, _ = take([user("u1", username="ours")], feed="hr")
    assert refused == []
    assert Person.objects.get().feed == "hr"
    assert Person.objects.get().status == "active"


def test_a_given_outcome_takes_the_place_of_a_derived_one() -> None:
    base("u1")
    Outcome.objects.create(
        pk="e-k1-u1", value="failed", success=False, known_at="2027-01-01T00:00Z", feed="derived"
    )
    refused, _ = take([outcome("u1")], feed="registrar")
    assert refused == []
    assert (Outcome.objects.get().value, Outcome.objects.get().feed) == ("pass", "registrar")


# Removals


def people(*keys: str) -> list[User]:
    return [user(key) for key in keys]


def test_complete_parts_remove_what_they_lack() -> None:
    take(people("u1", "u2", "u3"))
    take(people("v1"), feed="hr")
    _, (removal,) = take(people("u2"), complete=(("user",),))
    assert (removal.table, removal.active, removal.keys) == ("user", 3, ["u1", "u3"])
    found = Person.objects.filter(status="active").values_list("pk", flat=True)
    assert sorted(found) == ["u2", "v1"]
    assert take(people("u2"), complete=(("user",),))[1] == []


def test_an_empty_complete_part_removes_all() -> None:
    take(people("u1", "u2"))
    _, (removal,) = take([], complete=(("user",),))
    assert removal.keys == ["u1", "u2"]


def test_refused_lines_remove_nothing() -> None:
    base("u1", "u2", "u3")
    bad = enrollment("u2", "k1")
    bad.klass = "gone"
    refused, removals = take(
        [enrollment("u1"), bad], complete=(("enrollment",),), kept={"enrollment": {"e-k1-u3"}}
    )
    assert len(refused) == 1
    assert removals == []


def test_rows_that_came_with_a_refused_line_stay_too() -> None:
    """In OneRoster 1.1 a line of users.csv stands for roles as well, whose ids the source makes up."""
    take([org("o1"), *people("u1", "u2"), role("r1", "u1", "o1"), role("r2", "u2", "o1")])
    _, (removal,) = take([*people("u2")], complete=(("user", "role"),), kept={"user": {"u1"}})
    assert (removal.table, removal.keys) == ("role", ["r2"])


def test_kept_keys_are_those_of_their_table() -> None:
    """That a user of the same id was refused is no reason to keep an enrollment."""
    base("u1")
    Enrollment.objects.filter(pk="e-k1-u1").update(sourced_id="u1")
    _, (removal,) = take([], complete=(("enrollment",),), kept={"user": {"u1"}})
    assert (removal.table, removal.keys) == ("enrollment", ["u1"])


def test_marked_rows_are_removals() -> None:
    take(people("u1", "u2"))
    gone = user("u1", status="tobedeleted")
    _, (removal,) = take([gone, user("u9", status="tobedeleted")])
    assert (removal.keys, removal.active) == (["u1"], 2)


def test_apply_says_which_tables_changed() -> None:
    with Intake("sis") as intake:
        intake.add(2, [org("o1"), user("u1")])
        intake.staged()
        assert intake.changed_lines() == {2}
        assert intake.apply([]) == {"org", "user"}
    with Intake("sis") as intake:
        intake.add(2, [org("o1"), user("u1", username="new")])
        intake.staged()
        assert intake.holds(0, {"o1", "u1", "u2"}) == {"o1", "u1"}
        assert intake.holds(1, {"o1"}) == set()
        assert intake.changed_lines() == {2}
        assert intake.apply([]) == {"user"}
    with Intake("sis") as intake:
        intake.add(2, [org("o1"), user("u1", username="new")])
        intake.staged()
        assert intake.changed_lines() == set()
        assert intake.apply([]) == set()


def test_many_refused_lines_are_quick(django_assert_max_num_queries: Any) -> None:
    rows = [enrollment(f"u{number}", "gone") for number in range(6000)]
    with django_assert_max_num_queries(400):
        refused, _ = take(rows)
    assert len(refused) == 6000
    assert {one.key for one in refused} == {row.sourced_id for row in rows}
