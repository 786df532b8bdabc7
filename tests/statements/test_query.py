"""Finding statements: every filter, through references, in pages, within a scope."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core import config
from liwa.statements import query
from liwa.statements.errors import Malformed
from liwa.statements.models import Counter, Credential, Link, Statement
from liwa.statements.versions import Version
from tests.statements.made import (
    ALL,
    VERB,
    activity,
    agent,
    ask,
    get,
    ids,
    page,
    reference,
    send,
    statement,
    voiding,
)

pytestmark = pytest.mark.django_db

OTHER_VERB = "https://example.org/verbs/left"


def group(*names: str, **more: Any) -> dict[str, Any]:
    return {"objectType": "Group", "member": [agent(name) for name in names], **more}


def sub(**more: Any) -> dict[str, Any]:
    return {
        "objectType": "SubStatement",
        "actor": agent("sub"),
        "verb": {"id": OTHER_VERB},
        "object": {"id": activity("sub")},
        **more,
    }


# Filters


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"actor": agent("x")}, True),
        ({"actor": group("x", "y")}, True),
        ({"actor": {**group("y"), **agent("x")}}, True),
        ({"object": {"objectType": "Agent", **agent("x")}}, True),
        ({"object": group("y", "x")}, True),
        ({"context": {"instructor": agent("x")}}, False),
        ({"context": {"team": group("x")}}, False),
        ({"object": sub(actor=agent("x"))}, False),
    ],
)
def test_an_agent_acts_or_is_acted_upon(more: dict[str, Any], found: bool) -> None:
    one = statement(**more)
    send(one, statement("z"))
    assert ids(ask(agent=agent("x"))) == ([one["id"]] if found else [])
    assert ids(ask(agent=agent("x"), verb=VERB)) == ([one["id"]] if found else [])
    assert ids(ask(agent=agent("x"), related_agents="true")) == [one["id"]]
    assert ids(ask(agent=agent("x"), related_agents="true", verb=VERB)) == [one["id"]]
    assert ask(agent=agent("x"), verb=OTHER_VERB) == []


@pytest.mark.parametrize(
    "more",
    [
        {"object": sub(object={"objectType": "Agent", **agent("x")})},
        {"object": sub(object=group("x"))},
        {"object": sub(context={"instructor": group("x")})},
        {"object": sub(context={"team": group("x")})},
        {"context": {"instructor": group("x")}},
    ],
)
def test_a_related_agent_is_anywhere(more: dict[str, Any]) -> None:
    one = statement(**more)
    send(one, statement("z"))
    assert ask(agent=agent("x")) == []
    assert ids(ask(agent=agent("x"), related_agents="true")) == [one["id"]]


def test_the_authority_is_a_related_agent() -> None:
    one = statement()
    send(one)
    assert ids(ask(agent=ALL.authority, related_agents="true")) == [one["id"]]
    assert ask(agent=ALL.authority) == []


@pytest.mark.parametrize("kind", ["parent", "grouping", "category", "other"])
@pytest.mark.parametrize("inside", [True, False])
def test_a_related_activity_is_anywhere(kind: str, inside: bool) -> None:
    context = {"contextActivities": {kind: [{"id": activity("y")}, {"id": activity("x")}]}}
    one = statement(object=sub(context=context)) if inside else statement(context=context)
    send(one, statement("z"))
    assert ask(activity=activity("x")) == []
    assert ids(ask(activity=activity("x"), related_activities="true")) == [one["id"]]


def test_an_activity_is_the_object() -> None:
    one = statement(object={"id": activity("x")})
    inner = statement(object=sub(object={"id": activity("x")}))
    send(one, inner, statement())
    assert ids(ask(activity=activity("x"))) == [one["id"]]
    assert ids(ask(activity=activity("x"), related_activities="true")) == [inner["id"], one["id"]]


def test_a_registration_is_known_in_either_case() -> None:
    registration = str(uuid4())
    one = statement(context={"registration": registration.upper()})
    send(one, statement(context={"registration": str(uuid4())}))
    assert ids(ask(registration=registration)) == [one["id"]]


def test_since_is_exclusive_and_until_inclusive() -> None:
    three = [statement() for _ in range(3)]
    for each in three:
        send(each)
    times = [(get(each) or {})["stored"] for each in three]
    assert ids(ask(since=times[0])) == [three[2]["id"], three[1]["id"]]
    assert ids(ask(until=times[1])) == [three[1]["id"], three[0]["id"]]
    assert ids(ask(since=times[0], until=times[1])) == [three[1]["id"]]
    assert ask(since=times[2]) == []
    assert ids(ask(since=times[1], verb=VERB)) == [three[2]["id"]]


def test_the_newest_come_first_unless_asked_otherwise() -> None:
    three = [statement() for _ in range(3)]
    send(*three)
    assert ids(ask()) == ids(three)[::-1]
    assert ids(ask(ascending="true")) == ids(three)
    assert ids(ask(limit="2", verb=VERB)) == ids(three)[:0:-1]


# References


def test_a_reference_is_found_by_what_its_target_can_be_found_by() -> None:
    one = statement("x", object={"id": activity("x")})
    about = reference(one, "y", verb={"id": OTHER_VERB})
    again = reference(about, "z")
    for order in ([one, about, again],):
        send(*order)
    for params in (
        {"agent": agent("x")},
        {"activity": activity("x")},
        {"agent": agent("x"), "activity": activity("x")},
        {"agent": agent("x"), "verb": VERB},
        {"agent": agent("x"), "related_agents": "true"},
    ):
        assert ids(ask(**params)) == [again["id"], about["id"], one["id"]], params
    # Each condition may be met by either.
    assert ids(ask(agent=agent("x"), verb=OTHER_VERB)) == [again["id"], about["id"]]
    assert ids(ask(agent=agent("y"), verb=VERB)) == [again["id"], about["id"]]
    assert ids(ask(agent=agent("z"))) == [again["id"]]


def test_time_counts_of_the_statement_that_refers() -> None:
    one = statement("x")
    send(one)
    stored = (get(one) or {})["stored"]
    about = reference(one)
    send(about)
    assert ids(ask(agent=agent("x"), since=stored)) == [about["id"]]
    assert ids(ask(agent=agent("x"), limit="1")) == [about["id"]]


def test_what_refers_to_a_void_statement_is_still_found_by_it() -> None:
    one = statement("x")
    about, void = reference(one), voiding(one)
    send(one, about)
    send(void)
    assert ids(ask(agent=agent("x"))) == [void["id"], about["id"]]


def test_statements_may_refer_in_a_circle() -> None:
    first, second = str(uuid4()), str(uuid4())
    send(reference(second, "x", id=first))
    send(reference(first, "y", id=second))
    assert set(ids(ask(agent=agent("x")))) == set(ids(ask(agent=agent("y")))) == {first, second}


def test_a_reference_in_the_context_counts_for_nothing() -> None:
    one = statement("x")
    send(one, statement("y", context={"statement": {"objectType": "StatementRef", "id": one["id"]}}))
    assert ids(ask(agent=agent("x"))) == [one["id"]]


def test_an_endless_chain_is_followed_a_long_way() -> None:
    chain = [statement("x")]
    for _ in range(150):
        chain.append(reference(chain[-1], "y"))
    send(*chain[::-1])
    found = ids(ask(agent=agent("x"), limit="500"))
    assert len(found) > 90
    assert set(found) == set(ids(chain[: len(found)]))


# Against the plainest reading of the standard

NAMES = st.sampled_from("abc")


@st.composite
def histories(draw: st.DrawFn) -> list[list[dict[str, Any]]]:
    """Requests of statements that refer to one another in any order."""
    pks = [str(uuid4()) for _ in range(draw(st.integers(2, 7)))]
    made = []
    for pk in pks:
        verb = {"id": draw(st.sampled_from([VERB, OTHER_VERB]))}
        if draw(st.booleans()):
            made.append(reference(draw(st.sampled_from(pks)), draw(NAMES), id=pk, verb=verb))
        elif draw(st.integers(0, 3)) == 0:
            made.append(voiding(draw(st.sampled_from(pks)), draw(NAMES)) | {"id": pk})
        else:
            context = {"instructor": agent(draw(NAMES))}
            made.append(statement(draw(NAMES), id=pk, verb=verb, context=context))
    cuts = sorted(draw(st.sets(st.integers(1, len(made) - 1))))
    return [made[a:b] for a, b in zip([0, *cuts], [*cuts, len(made)], strict=True)]


def plain(made: list[dict[str, Any]], **asked: str) -> list[str]:
    """The ids of the statements that the standard wants, the newest first."""
    by_id = {one["id"]: one for one in made}

    def voids(one: dict[str, Any]) -> bool:
        return bool(one["verb"]["id"].endswith("/voided"))

    def chain(one: dict[str, Any]) -> list[dict[str, Any]]:
        found = []
        while one is not None and one not in found:
            found.append(one)
            one = by_id.get(one["object"]["id"]) if "objectType" in one["object"] else None
        return found

    void = {one["object"]["id"] for one in made if voids(one)} - {one["id"] for one in made if voids(one)}
    wanted = agent(asked["agent"])

    def has(one: dict[str, Any]) -> bool:
        return one["actor"] == wanted or (
            "related" in asked and one.get("context", {}).get("instructor") == wanted
        )

    def met(one: dict[str, Any]) -> bool:
        known = chain(one)
        return any(map(has, known)) and (
            "verb" not in asked or any(e["verb"]["id"] == asked["verb"] for e in known)
        )

    return [one["id"] for one in reversed(made) if one["id"] not in void and met(one)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(history=histories())
def test_any_history_is_found_as_the_standard_says(history: list[list[dict[str, Any]]]) -> None:
    for model in (Statement, Link):
        model.objects.all().delete()
    for request in history:
        send(*request)
    made = [one for request in history for one in request]
    for name in "abc":
        assert ids(ask(agent=agent(name))) == plain(made, agent=name)
        assert ids(ask(agent=agent(name), related_agents="true")) == plain(made, agent=name, related="yes")
        assert ids(ask(agent=agent(name), verb=OTHER_VERB)) == plain(made, agent=name, verb=OTHER_VERB)
        both = {"agent": agent(name), "related_agents": "true", "verb": VERB}
        assert ids(ask(**both)) == plain(made, agent=name, related="yes", verb=VERB)


# Pages


def follow(more: str) -> tuple[list[dict[str, Any]], str]:
    """The page behind a link."""
    assert more.startswith("/xapi/statements?")
    return page(**dict(parse_qsl(urlsplit(more).query, keep_blank_values=True)))


@pytest.mark.parametrize("ascending", ["true", "false"])
@pytest.mark.parametrize(
    "filters", [{}, {"agent": agent("ann")}, {"agent": agent("ann"), "related_agents": "true"}]
)
def test_pages_have_everything_once_whatever_comes_in_between(
    ascending: str, filters: dict[str, Any]
) -> None:
    sent = [statement() for _ in range(7)]
    send(*sent, statement("eve"))
    wanted = [*ids(sent)]
    if not filters:
        wanted.append(ids(ask())[0])
    found, more = page(limit="3", ascending=ascending, **filters)
    seen = ids(found)
    while more:
        send(statement())
        found, more = follow(more)
        seen += ids(found)
    assert seen == (wanted if ascending == "true" else wanted[::-1])


def test_the_link_keeps_what_was_asked() -> None:
    send(*(statement("ann", verb={"id": VERB}) for _ in range(3)))
    params = {
        "agent": agent("ann"),
        "verb": VERB,
        "limit": "1",
        "format": "ids",
        "since": "2020-01-01T00:00:00+08:00",
    }
    _, more = page(**params)
    kept = dict(parse_qsl(urlsplit(more).query))
    assert kept.keys() == {*params, "cursor"}
    assert kept["since"] == params["since"]
    assert query.parse(kept, Version.V1).format == "ids"


def test_the_last_page_has_no_link() -> None:
    send(statement(), statement())
    assert page(limit="2")[1] == ""
    assert page()[1] == ""
    assert page(agent=agent("nobody")) == ([], "")


def test_a_page_is_as_long_as_the_store_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = {**config.config(), "LIWA_XAPI_PAGE": 2}
    monkeypatch.setattr("liwa.statements.asking.config", lambda: allowed)
    send(*(statement() for _ in range(3)))
    for limit in ("0", "3", "999999999999999"):
        found, more = page(limit=limit)
        assert len(found) == 2
        assert more


def test_a_page_ends_before_it_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "_PAGE_BYTES", 1000)
    sent = [statement(object={"id": activity("x" * 600)}) for _ in range(3)]
    send(*sent)
    seen: list[str] = []
    found, more = page()
    while more:
        assert len(found) == 1
        seen += ids(found)
        found, more = follow(more)
    assert seen + ids(found) == ids(sent)[::-1]


# Scope


def test_mine_are_those_with_my_authority() -> None:
    mine = Credential(key="me", scopes=["statements/write", "statements/read/mine"])
    other = Credential(key="you", scopes=["statements/write"])
    my, your = statement(), statement(actor=mine.authority)
    send(my, by=mine)
    send(your, by=other)
    void = statement()
    send(void, voiding(void), by=other)
    assert ids(ask(by=mine)) == [my["id"]]
    assert ids(ask(by=mine, verb=VERB)) == [my["id"]]
    assert get(my, by=mine) is not None
    assert get(your, by=mine) is None
    assert get(void, voided=True, by=mine) is None
    assert ask(by=other) == []
    assert get(your, by=other) is None
    assert len(ask(by=ALL)) == 3


# Parameters


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"Agent": "{}"}, "?Agent"),
        ({"agent": "x"}, "?agent"),
        ({"agent": "{}"}, "?agent"),
        ({"agent": '{"mbox":"x"}'}, "?agent.mbox"),
        ({"agent": '{"objectType":"Group","member":[]}'}, "?agent"),
        ({"verb": "x"}, "?verb"),
        ({"activity": "x y"}, "?activity"),
        ({"registration": "1"}, "?registration"),
        ({"related_agents": "True"}, "?related_agents"),
        ({"since": "yesterday"}, "?since"),
        ({"until": "2026-01-01T00:00:00-00:00"}, "?until"),
        ({"limit": "-1"}, "?limit"),
        ({"limit": "1.0"}, "?limit"),
        ({"format": "Exact"}, "?format"),
        ({"cursor": "x"}, "?cursor"),
        ({"statementId": "x"}, "?statementId"),
        ({"statementId": str(uuid4()), "limit": "1"}, "?statementId"),
        ({"voidedStatementId": str(uuid4()), "agent": '{"mbox":"mailto:a@b.org"}'}, "?voidedStatementId"),
        ({"statementId": str(uuid4()), "voidedStatementId": str(uuid4())}, "?statementId"),
    ],
)
def test_a_wrong_parameter_is_named(params: dict[str, str], name: str) -> None:
    with pytest.raises(Malformed) as refused:
        query.parse(params, Version.V1)
    assert refused.value.path == name


def test_one_statement_may_come_in_a_format() -> None:
    pk = uuid4()
    asked = query.parse({"statementId": str(pk), "format": "ids", "attachments": "true"}, Version.V2)
    assert (asked.statement_id, asked.format, asked.attachments) == (pk, "ids", True)


@given(
    text=st.text(),
    name=st.sampled_from(["agent", "verb", "since", "limit", "cursor", "registration", "format"]),
)
def test_no_parameter_breaks_it(text: str, name: str) -> None:
    try:
        asked = query.parse({name: text}, Version.V1)
    except Malformed:
        return
    query.find(asked, None)


def test_the_counter_knows_the_last() -> None:
    send(statement())
    (one,) = Statement.objects.all()
    assert Counter.objects.get().last == one.seq
