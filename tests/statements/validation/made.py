"""Statements for the tests, plain ones and made-up ones."""

from typing import Any

from hypothesis import strategies as st

from liwa.statements.versions import Version

ACTIVITY = "https://example.org/activities/1"
VERB = "https://example.org/verbs/did"
UUID = "12345678-1234-4234-8234-1234567890ab"
OTHER_UUID = "abcdefab-cdef-4abc-8def-abcdefabcdef"
AGENT = {"mbox": "mailto:a@example.org"}
GROUP = {"objectType": "Group", "member": [{"mbox": "mailto:b@example.org"}]}
ATTACHMENT = {
    "usageType": "https://example.org/usage",
    "display": {"en": "A text"},
    "contentType": "text/plain; charset=utf-8",
    "length": 5,
    "sha2": "ab" * 32,
}


def statement(**properties: Any) -> dict[str, Any]:
    """A small statement with these properties added, or instead of its own."""
    return {
        "actor": dict(AGENT),
        "verb": {"id": VERB},
        "object": {"id": ACTIVITY},
        **properties,
    }


def within(path: str, value: Any) -> dict[str, Any]:
    """A small statement that has this value at this path, like `context.team.name`."""
    made = statement()
    place = made
    *above, last = path.split(".")
    for name in above:
        place[name] = dict(place.get(name, {}))
        place = place[name]
    place[last] = value
    return made


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
texts = st.text(max_size=12)
words = st.text(st.sampled_from("abcxyz019-._~é学"), min_size=1, max_size=8)
iris = st.builds("{}:{}".format, st.sampled_from(["http://example.org/", "urn", "tag"]), words) | st.builds(
    "https://example.org/{}?q=%20{}#x".format, words, words
)
uuids = st.uuids().map(str) | st.uuids().map(lambda found: str(found).upper())
tags = st.sampled_from(
    ["en", "en-US", "zh-Hant-TW", "und", "x-own", "sl-rozaj-biske", "de-1901", "i-klingon", "ZH-CN"]
)
maps = st.dictionaries(tags, texts, max_size=3)
extensions = st.dictionaries(iris, anything, max_size=2)
numbers = st.integers(-100, 100) | st.floats(-100, 100)
durations = st.sampled_from(["PT1H", "P3W", "P1Y2M3DT4H5M6.789S", "PT0.5H", "PT0S", "P0D", "PT1,5S"])


def _some(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


_accounts = _some({"homePage": iris, "name": texts.filter(lambda name: "\0" not in name)}, {})
_identifiers = st.one_of(
    _some({"mbox": words.map(lambda name: f"mailto:{name.strip('.') or 'a'}@example.org")}, {}),
    _some({"mbox_sha1sum": st.binary(min_size=20, max_size=20).map(bytes.hex)}, {}),
    _some({"openid": iris}, {}),
    _some({"account": _accounts}, {}),
)


def _joined(*parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.tuples(*parts).map(lambda found: {key: item for part in found for key, item in part.items()})


def _agents(**required: Any) -> st.SearchStrategy[dict[str, Any]]:
    return _joined(_identifiers, _some(required, {"name": texts}))


agents = _agents() | _agents(objectType=st.just("Agent"))
_members = st.lists(agents, max_size=3)
groups = _joined(
    _identifiers, _some({"objectType": st.just("Group")}, {"name": texts, "member": _members})
) | _some({"objectType": st.just("Group"), "member": _members}, {"name": texts})
actors = agents | groups
verbs = _some({"id": iris}, {"display": maps})
_components = st.lists(
    _some({"id": texts}, {"description": maps}), unique_by=lambda part: part["id"], max_size=3
)
_plain = {"name": maps, "description": maps, "type": iris, "moreInfo": iris, "extensions": extensions}
_interaction_types = st.sampled_from(["true-false", "choice", "likert", "numeric", "other", "matching"])
_lists = dict.fromkeys(("choices", "scale", "source", "target", "steps"), _components)
_definitions = _some({}, _plain) | _some(
    {"interactionType": _interaction_types},
    {**_plain, **_lists, "correctResponsesPattern": st.lists(texts, max_size=2)},
)
activities = _some({"id": iris}, {"objectType": st.just("Activity"), "definition": _definitions})
references = _some({"objectType": st.just("StatementRef"), "id": uuids}, {})
_scores = st.lists(numbers, min_size=3, max_size=3, unique=True).map(sorted).map(
    lambda found: {"min": found[0], "raw": found[1], "max": found[2]}
) | _some({}, {"scaled": st.floats(-1, 1) | st.integers(-1, 1), "raw": numbers})
results = _some(
    {},
    {
        "score": _scores,
        "success": st.booleans(),
        "completion": st.booleans(),
        "response": texts,
        "duration": durations,
        "extensions": extensions,
    },
)
_related = activities | st.lists(activities, max_size=2)
_attachments = st.lists(
    _some(
        {
            "usageType": iris,
            "display": maps,
            "contentType": st.sampled_from(["text/plain", "application/json; charset=utf-8"]),
            "length": st.integers(0),
            "sha2": st.binary(min_size=32, max_size=32).map(bytes.hex),
        },
        {"description": maps, "fileUrl": iris},
    ),
    max_size=2,
)


def _contexts(version: Version, of_activity: bool) -> st.SearchStrategy[dict[str, Any]]:
    optional: dict[str, Any] = {
        "registration": uuids,
        "instructor": actors,
        "team": groups,
        "contextActivities": _some({}, dict.fromkeys(("parent", "grouping", "category", "other"), _related)),
        "language": tags,
        "statement": references,
        "extensions": extensions,
    }
    if of_activity:
        optional |= {"revision": texts, "platform": texts}
    if version is Version.V2:
        types = {"relevantTypes": st.lists(iris, min_size=1, max_size=2)}
        optional["contextAgents"] = st.lists(
            _some({"objectType": st.just("contextAgent"), "agent": agents}, types), max_size=2
        )
        optional["contextGroups"] = st.lists(
            _some({"objectType": st.just("contextGroup"), "group": groups}, types), max_size=2
        )
    return _some({}, optional)


def _timestamps(version: Version) -> st.SearchStrategy[str]:
    written = ["2026-09-01T08:30:00Z", "2026-09-01T08:30:00.123456789+08:00", "1969-12-31t23:59:59z"]
    if version is Version.V1:
        written += ["2026-09-01T08:30:00", "20260901T0830Z", "2026-W36-2T08,5+0100"]
    return st.sampled_from(written)


def _bodies(version: Version, objects: Any, of_activity: bool, extra: Any, optional: Any) -> Any:
    required = {"actor": actors, "verb": verbs, "object": objects, **extra}
    return _some(
        required,
        {
            "result": results,
            "context": _contexts(version, of_activity),
            "timestamp": _timestamps(version),
            "attachments": _attachments,
            **optional,
        },
    )


def statements(version: Version) -> st.SearchStrategy[dict[str, Any]]:
    """Statements that this version's standard allows."""
    others = _agents(objectType=st.just("Agent")) | groups | references
    inner = {"objectType": st.just("SubStatement")}
    substatements = _bodies(version, activities, True, inner, {}) | _bodies(version, others, False, inner, {})
    versions = ["1.0", "1.0.0", "1.0.3"] + (["2.0.0"] if version is Version.V2 else [])
    optional = {
        "id": uuids,
        "stored": _timestamps(version),
        "authority": agents,
        "version": st.sampled_from(versions),
    }
    return _bodies(version, activities, True, {}, optional) | _bodies(
        version, others | substatements, False, {}, optional
    )
