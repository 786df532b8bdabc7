"""What the standard demands of a statement, rule by rule: what it wants passes, what it forbids is refused where it
is, by the path."""

import re
from typing import Any

import pytest

from liwa.statements.errors import Malformed
from liwa.statements.validation import (
    check_activity_definition,
    check_agent,
    check_identified,
    check_statement,
    check_together,
    property_checks,
)
from liwa.statements.versions import Version
from tests.statements.validation.made import (
    ACTIVITY,
    AGENT,
    ATTACHMENT,
    GROUP,
    UUID,
    VERB,
    statement,
    within,
)

V1, V2 = Version.V1, Version.V2
BOTH = (V1, V2)
IDENTIFIERS = (
    {"mbox": "mailto:a@example.org"},
    {"mbox_sha1sum": "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"},
    {"openid": "https://openid.example.org/a"},
    {"account": {"homePage": "https://lms.example.org", "name": "a"}},
)
SUB = {"objectType": "SubStatement", **statement()}
INTERACTION = "object.definition"


def refusal(value: Any, version: Version = V1) -> str:
    with pytest.raises(Malformed) as refused:
        check_statement(value, version)
    return refused.value.path


ALLOWED = {
    "least": statement(),
    "id of any variant": statement(id="12345678-1234-5678-1234-567812345678"),
    "id in capitals": statement(id=UUID.upper()),
    "empty objects": statement(
        result={}, context={"extensions": {}, "contextActivities": {}}, attachments=[]
    ),
    "agent with all": statement(actor={"objectType": "Agent", "name": "", **IDENTIFIERS[3]}),
    "anonymous group": statement(actor=GROUP),
    "identified group without members": statement(actor={"objectType": "Group", **AGENT}),
    "identified group with members": statement(actor={**GROUP, **AGENT}),
    "verb in two languages": within("verb.display", {"en": "did", "zh-Hans": "做了"}),
    "no language": within("verb.display", {}),
    "agent as object": statement(object={"objectType": "Agent", **AGENT}),
    "group as object": statement(object=GROUP),
    "reference as object": statement(object={"objectType": "StatementRef", "id": UUID}),
    "substatement": statement(object=SUB),
    "substatement in the future": statement(object={**SUB, "timestamp": "2999-01-01T00:00:00Z"}),
    "reference in a substatement": statement(
        object={**SUB, "object": {"objectType": "StatementRef", "id": UUID}}
    ),
    "voiding": statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": UUID},
    ),
    "score": statement(result={"score": {"scaled": -1, "raw": 1.5, "min": 1, "max": 2}}),
    "score at its ends": statement(result={"score": {"scaled": 1, "raw": 2, "min": 1, "max": 2}}),
    "score without ends": statement(result={"score": {"raw": -1e9}}),
    "empty response": statement(result={"response": "", "success": False, "completion": True}),
    "exact duration": statement(result={"duration": "P1DT12H36M0.12567S"}),
    "null in extensions": statement(context={"extensions": {"https://example.org/e": None}}),
    "one context activity": statement(context={"contextActivities": {"parent": {"id": ACTIVITY}}}),
    "context activities": statement(
        context={"contextActivities": {"other": [{"id": ACTIVITY}, {"id": ACTIVITY}]}}
    ),
    "group as instructor": statement(context={"instructor": GROUP, "team": GROUP}),
    "platform": statement(context={"revision": "1", "platform": "Moodle", "language": "pt-BR"}),
    "context statement": statement(context={"statement": {"objectType": "StatementRef", "id": UUID}}),
    "authority": statement(authority=AGENT, stored="2026-09-01T08:30:00Z"),
    "application and user": statement(authority={"objectType": "Group", "member": [IDENTIFIERS[3], AGENT]}),
    "version 1.0": statement(version="1.0"),
    "version 1.0.9": statement(version="1.0.9"),
    "attachment": statement(attachments=[ATTACHMENT, {**ATTACHMENT, "fileUrl": "https://example.org/f"}]),
    "interaction": within(
        INTERACTION,
        {
            "type": "http://adlnet.gov/expapi/activities/cmi.interaction",
            "interactionType": "choice",
            "correctResponsesPattern": ["a[,]b"],
            "choices": [{"id": "a", "description": {"en": "A"}}, {"id": "b"}],
        },
    ),
    "no correct response": within(
        INTERACTION, {"interactionType": "likert", "correctResponsesPattern": [], "scale": []}
    ),
    "interaction by its type only": within(
        INTERACTION, {"type": "http://adlnet.gov/expapi/activities/cmi.interaction"}
    ),
    "IRI of its own letters": within("verb.id", "http://example.com/فعل/خواندن"),
    "future": statement(timestamp="2999-01-01T00:00:00Z"),
}


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", ALLOWED)
def test_what_the_standard_allows(name: str, version: Version) -> None:
    check_statement(ALLOWED[name], version)


@pytest.mark.parametrize("identifier", IDENTIFIERS, ids=lambda found: next(iter(found)))
def test_each_identifier_does_for_agent_and_group(identifier: dict[str, Any]) -> None:
    check_statement(statement(actor=identifier), V1)
    check_statement(statement(actor={"objectType": "Group", **identifier}), V1)


DEFINITION = "$.object.definition"
REFUSED = {
    "not an object": ([], "$"),
    "no actor": ({"verb": {"id": VERB}, "object": {"id": ACTIVITY}}, "$.actor"),
    "no verb": ({"actor": AGENT, "object": {"id": ACTIVITY}}, "$.verb"),
    "no object": ({"actor": AGENT, "verb": {"id": VERB}}, "$.object"),
    "unknown property": (statement(colour="red"), "$.colour"),
    "property in another case": (statement(Result={}), "$.Result"),
    "null": (statement(result=None), "$.result"),
    "null in a language map": (within("verb.display", {"en": None}), "$.verb.display.en"),
    "id is no string": (statement(id=7), "$.id"),
    "id too long": (statement(id=UUID + "0"), "$.id"),
    "id in braces": (statement(id="{" + UUID + "}"), "$.id"),
    "id without dashes": (statement(id=UUID.replace("-", "")), "$.id"),
    "actor is a list": (statement(actor=[AGENT]), "$.actor"),
    "actor of another type": (statement(actor={"objectType": "Person", **AGENT}), "$.actor.objectType"),
    "type in another case": (statement(actor={"objectType": "agent", **AGENT}), "$.actor.objectType"),
    "agent without identifier": (statement(actor={"name": "A"}), "$.actor"),
    "agent with two": (statement(actor={**AGENT, **IDENTIFIERS[2]}), "$.actor"),
    "agent with members": (statement(actor={**AGENT, "member": []}), "$.actor.member"),
    "mbox without scheme": (within("actor.mbox", "a@example.org"), "$.actor.mbox"),
    "mbox without address": (within("actor.mbox", "mailto:a"), "$.actor.mbox"),
    "mbox is no string": (within("actor.mbox", {}), "$.actor.mbox"),
    "short hash": (statement(actor={"mbox_sha1sum": "ab"}), "$.actor.mbox_sha1sum"),
    "openid without scheme": (statement(actor={"openid": "openid.example.org"}), "$.actor.openid"),
    "account without name": (statement(actor={"account": {"homePage": "http://x"}}), "$.actor.account.name"),
    "account without home": (statement(actor={"account": {"name": "a"}}), "$.actor.account.homePage"),
    "home is no IRL": (
        statement(actor={"account": {"homePage": "x", "name": "a"}}),
        "$.actor.account.homePage",
    ),
    "account's name is no string": (
        statement(actor={"account": {"homePage": "http://x", "name": 5}}),
        "$.actor.account.name",
    ),
    "more in an account": (
        statement(actor={"account": {"homePage": "http://x", "name": "a", "x": 1}}),
        "$.actor.account.x",
    ),
    "name is no string": (within("actor.name", 3), "$.actor.name"),
    "group of nobody": (statement(actor={"objectType": "Group"}), "$.actor"),
    "group with two": (statement(actor={**GROUP, **AGENT, **IDENTIFIERS[1]}), "$.actor"),
    "group in a group": (
        statement(actor={"objectType": "Group", "member": [GROUP]}),
        "$.actor.member[0].objectType",
    ),
    "member without identifier": (statement(actor={**GROUP, "member": [AGENT, {}]}), "$.actor.member[1]"),
    "members are no list": (statement(actor={**GROUP, "member": AGENT}), "$.actor.member"),
    "verb is a string": (statement(verb=VERB), "$.verb"),
    "verb without id": (statement(verb={"display": {}}), "$.verb.id"),
    "verb is relative": (within("verb.id", "did"), "$.verb.id"),
    "verb's id is empty": (within("verb.id", ""), "$.verb.id"),
    "verb with a space": (within("verb.id", "http://example.org/did it"), "$.verb.id"),
    "display is a string": (within("verb.display", "did"), "$.verb.display"),
    "no language": (within("verb.display", {"something": "x"}), "$.verb.display.something"),
    "no language, quoted": (within("verb.display", {"en_US!": "x"}), '$.verb.display["en_US!"]'),
    "object of another type": (
        statement(object={"objectType": "Thing", "id": ACTIVITY}),
        "$.object.objectType",
    ),
    "object's type is no string": (
        statement(object={"objectType": [], "id": ACTIVITY}),
        "$.object.objectType",
    ),
    "activity without id": (statement(object={"objectType": "Activity"}), "$.object.id"),
    "activity's id is relative": (within("object.id", "/a"), "$.object.id"),
    "more in an activity": (within("object.name", {"en": "x"}), "$.object.name"),
    "agent as object, untyped": (statement(object=AGENT), "$.object.mbox"),
    "reference without id": (statement(object={"objectType": "StatementRef"}), "$.object.id"),
    "reference to no UUID": (statement(object={"objectType": "StatementRef", "id": "1"}), "$.object.id"),
    "more in a reference": (
        statement(object={"objectType": "StatementRef", "id": UUID, "definition": {}}),
        "$.object.definition",
    ),
    "substatement in a substatement": (
        statement(object={**SUB, "object": SUB}),
        "$.object.object.objectType",
    ),
    "substatement with an id": (statement(object={**SUB, "id": UUID}), "$.object.id"),
    "substatement with stored": (
        statement(object={**SUB, "stored": "2026-09-01T08:30:00Z"}),
        "$.object.stored",
    ),
    "substatement with version": (statement(object={**SUB, "version": "1.0.0"}), "$.object.version"),
    "substatement with authority": (statement(object={**SUB, "authority": AGENT}), "$.object.authority"),
    "substatement without verb": (
        statement(object={"objectType": "SubStatement", "actor": AGENT, "object": {"id": ACTIVITY}}),
        "$.object.verb",
    ),
    "voiding an activity": (statement(verb={"id": "http://adlnet.gov/expapi/verbs/voided"}), "$.object"),
    "definition is a string": (within("object.definition", "x"), DEFINITION),
    "unknown in a definition": (within(INTERACTION, {"colour": 1}), f"{DEFINITION}.colour"),
    "name is a string": (within(INTERACTION, {"name": "x"}), f"{DEFINITION}.name"),
    "type is relative": (within(INTERACTION, {"type": "x"}), f"{DEFINITION}.type"),
    "moreInfo is relative": (within(INTERACTION, {"moreInfo": "x"}), f"{DEFINITION}.moreInfo"),
    "unknown interaction": (
        within(INTERACTION, {"interactionType": "Choice"}),
        f"{DEFINITION}.interactionType",
    ),
    "interaction without type": (within(INTERACTION, {"choices": []}), f"{DEFINITION}.interactionType"),
    "pattern without type": (
        within(INTERACTION, {"correctResponsesPattern": []}),
        f"{DEFINITION}.interactionType",
    ),
    "pattern is a string": (
        within(INTERACTION, {"interactionType": "other", "correctResponsesPattern": "x"}),
        f"{DEFINITION}.correctResponsesPattern",
    ),
    "pattern of numbers": (
        within(INTERACTION, {"interactionType": "numeric", "correctResponsesPattern": [4]}),
        f"{DEFINITION}.correctResponsesPattern[0]",
    ),
    "component twice": (
        within(INTERACTION, {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "a"}]}),
        f"{DEFINITION}.choices[1].id",
    ),
    "component without id": (
        within(INTERACTION, {"interactionType": "choice", "choices": [{}]}),
        f"{DEFINITION}.choices[0].id",
    ),
    "component's id is a number": (
        within(INTERACTION, {"interactionType": "likert", "scale": [{"id": 1}]}),
        f"{DEFINITION}.scale[0].id",
    ),
    "component's description": (
        within(INTERACTION, {"interactionType": "likert", "scale": [{"id": "1", "description": "x"}]}),
        f"{DEFINITION}.scale[0].description",
    ),
    "extension without IRI": (within("result.extensions", {"a b": 1}), '$.result.extensions["a b"]'),
    "extensions are a list": (within("context.extensions", []), "$.context.extensions"),
    "success as a string": (within("result.success", "true"), "$.result.success"),
    "completion as a number": (within("result.completion", 1), "$.result.completion"),
    "response is a number": (within("result.response", 5), "$.result.response"),
    "duration between points": (
        within("result.duration", "2026-09-01T00:00:00Z/2026-09-02T00:00:00Z"),
        "$.result.duration",
    ),
    "score is a number": (within("result.score", 1), "$.result.score"),
    "score as a string": (within("result.score.raw", "5"), "$.result.score.raw"),
    "score is true": (within("result.score.scaled", True), "$.result.score.scaled"),
    "scaled beyond 1": (within("result.score.scaled", 1.001), "$.result.score.scaled"),
    "scaled below -1": (within("result.score.scaled", -2), "$.result.score.scaled"),
    "raw below min": (within("result.score", {"raw": 1, "min": 2}), "$.result.score.raw"),
    "raw above max": (within("result.score", {"raw": 3, "max": 2}), "$.result.score.raw"),
    "min is max": (within("result.score", {"min": 2, "max": 2}), "$.result.score.min"),
    "unknown in a score": (within("result.score.mean", 1), "$.result.score.mean"),
    "registration": (within("context.registration", "x"), "$.context.registration"),
    "agent as team": (within("context.team", AGENT), "$.context.team.objectType"),
    "unknown context activities": (
        within("context.contextActivities", {"sibling": []}),
        "$.context.contextActivities.sibling",
    ),
    "context activity is an IRI": (
        within("context.contextActivities", {"parent": [ACTIVITY]}),
        "$.context.contextActivities.parent[0]",
    ),
    "context activity is an agent": (
        within("context.contextActivities", {"parent": {"objectType": "Agent", **AGENT}}),
        "$.context.contextActivities.parent.objectType",
    ),
    "language": (within("context.language", "en_US"), "$.context.language"),
    "platform of an agent": (
        statement(object=GROUP, context={"platform": "x"}),
        "$.context.platform",
    ),
    "revision of a reference in a substatement": (
        statement(
            object={**SUB, "object": {"objectType": "StatementRef", "id": UUID}, "context": {"revision": "x"}}
        ),
        "$.object.context.revision",
    ),
    "untyped context statement": (
        within("context.statement", {"id": UUID}),
        "$.context.statement.objectType",
    ),
    "timestamp": (statement(timestamp="yesterday"), "$.timestamp"),
    "date": (statement(timestamp="2026-09-01"), "$.timestamp"),
    "timestamp at -00:00": (statement(timestamp="2026-09-01T08:30:00-00:00"), "$.timestamp"),
    "stored": (statement(stored="now"), "$.stored"),
    "authority of one": (statement(authority=GROUP), "$.authority.member"),
    "identified group as authority": (
        statement(authority={"objectType": "Group", "member": [AGENT, AGENT], **AGENT}),
        "$.authority",
    ),
    "group without members as authority": (
        statement(authority={"objectType": "Group", **AGENT}),
        "$.authority",
    ),
    "version 1.1.0": (statement(version="1.1.0"), "$.version"),
    "version 0.95": (statement(version="0.95"), "$.version"),
    "version 1": (statement(version="1"), "$.version"),
    "attachments are an object": (statement(attachments=ATTACHMENT), "$.attachments"),
    "attachment's length is a string": (
        statement(attachments=[{**ATTACHMENT, "length": "5"}]),
        "$.attachments[0].length",
    ),
    "attachment's length is broken": (
        statement(attachments=[{**ATTACHMENT, "length": 5.5}]),
        "$.attachments[0].length",
    ),
    "attachment's hash": (statement(attachments=[{**ATTACHMENT, "sha2": "x"}]), "$.attachments[0].sha2"),
    "attachment's type": (
        statement(attachments=[{**ATTACHMENT, "contentType": "text"}]),
        "$.attachments[0].contentType",
    ),
    "attachment's file": (
        statement(attachments=[{**ATTACHMENT, "fileUrl": "f"}]),
        "$.attachments[0].fileUrl",
    ),
    "signature as text": (
        statement(
            attachments=[{**ATTACHMENT, "usageType": "http://adlnet.gov/expapi/attachments/signature"}]
        ),
        "$.attachments[0].contentType",
    ),
} | {
    f"attachment without {name}": (
        statement(attachments=[{key: item for key, item in ATTACHMENT.items() if key != name}]),
        f"$.attachments[0].{name}",
    )
    for name in ATTACHMENT
}


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", REFUSED)
def test_what_the_standard_forbids_is_refused_where_it_is(name: str, version: Version) -> None:
    value, path = REFUSED[name]
    assert refusal(value, version) == path


@pytest.mark.parametrize("name", [name for name in ALLOWED if name not in ("voiding", "substatement")])
def test_a_substatement_is_judged_like_a_statement(name: str) -> None:
    kept = {
        key: item
        for key, item in ALLOWED[name].items()
        if key not in ("id", "stored", "version", "authority")
    }
    if kept["object"].get("objectType") != "SubStatement":
        check_statement(statement(object={"objectType": "SubStatement", **kept}), V1)


CONTEXT_AGENT = {"objectType": "contextAgent", "agent": AGENT}
CONTEXT_GROUP = {"objectType": "contextGroup", "group": GROUP, "relevantTypes": ["https://example.org/type"]}


def test_context_agents_and_groups_belong_to_version_2() -> None:
    value = statement(context={"contextAgents": [CONTEXT_AGENT], "contextGroups": [CONTEXT_GROUP]})
    check_statement(value, V2)
    assert refusal(value, V1) == "$.context.contextAgents"


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ({"contextAgents": CONTEXT_AGENT}, "contextAgents"),
        ({"contextAgents": [{"agent": AGENT}]}, "contextAgents[0].objectType"),
        ({"contextAgents": [{"objectType": "contextAgent"}]}, "contextAgents[0].agent"),
        ({"contextAgents": [{**CONTEXT_AGENT, "agent": GROUP}]}, "contextAgents[0].agent.objectType"),
        ({"contextAgents": [{**CONTEXT_AGENT, "relevantTypes": []}]}, "contextAgents[0].relevantTypes"),
        ({"contextAgents": [{**CONTEXT_AGENT, "relevantTypes": ["x"]}]}, "contextAgents[0].relevantTypes[0]"),
        ({"contextAgents": [{**CONTEXT_AGENT, "group": GROUP}]}, "contextAgents[0].group"),
        ({"contextGroups": [{**CONTEXT_GROUP, "group": AGENT}]}, "contextGroups[0].group.objectType"),
        ({"contextGroups": [{**CONTEXT_GROUP, "objectType": "Group"}]}, "contextGroups[0].objectType"),
    ],
)
def test_context_agents_and_groups_are_checked(context: dict[str, Any], path: str) -> None:
    assert refusal(statement(context=context), V2) == f"$.context.{path}"


def test_version_2_wants_timestamps_with_a_zone_and_knows_its_own_number() -> None:
    unzoned = statement(timestamp="2026-09-01T08:30:00")
    check_statement(unzoned, V1)
    assert refusal(unzoned, V2) == "$.timestamp"
    check_statement(statement(version="2.0.0"), V2)
    assert refusal(statement(version="2.0.0"), V1) == "$.version"


def test_a_refusal_names_rule_and_path_and_repeats_no_long_text() -> None:
    with pytest.raises(Malformed, match=re.escape("$.actor.mbox: must be mailto:")):
        check_statement(within("actor.mbox", "x" * 1_000_000), V1)
    with pytest.raises(Malformed) as refused:
        check_statement(statement(**{"x" * 1_000_000: 1}), V1)
    assert len(str(refused.value)) < 500


def test_the_path_starts_where_the_caller_says() -> None:
    with pytest.raises(Malformed) as refused:
        check_statement(within("verb.id", ""), V1, "$[3]")
    assert refused.value.path == "$[3].verb.id"


def test_whom_a_request_may_ask_for() -> None:
    check_identified(AGENT, V1, "agent")
    check_identified({"objectType": "Group", **AGENT}, V1, "agent")
    with pytest.raises(Malformed):
        check_identified(GROUP, V1, "agent")
    with pytest.raises(Malformed):
        check_agent({"objectType": "Group", **AGENT}, V1)
    check_activity_definition({"name": {"en": "x"}}, V1)


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", REFUSED)
def test_one_property_at_a_time_says_the_same(name: str, version: Version) -> None:
    value, _ = REFUSED[name]
    if isinstance(value, list):
        return
    checks = property_checks(version)
    with pytest.raises((Malformed, KeyError)):
        for key, item in value.items():
            checks[key](item, ("$", key))
        check_together(value, "$")
