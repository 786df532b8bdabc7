"""The formats `ids` and `canonical` in which statements are answered.

Only what a format changes is decoded; everything else stays as the bytes that were received, so that numbers keep
their digits.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgspec

from liwa.statements.validation.activities import COMPONENT_LISTS
from liwa.statements.validation.agents import IDENTIFIERS

_Raw: TypeAlias = msgspec.Raw
_Object: TypeAlias = dict[str, Any]
_Form: TypeAlias = Callable[[_Raw], Any]  # what to put in the place of a property

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode
_shallow = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode  # an object, its values left as they are
_shallow_list = msgspec.json.Decoder(list[msgspec.Raw]).decode

_REFUSED = "!"  # before a language that the reader does not want
MOST_ADDED = 8 << 20  # bytes of known definitions in one statement: each mention of an activity shows its own
MOST_LANGUAGES = 10  # ranges of Accept-Language that count; browsers send fewer


def _changed(raw: _Raw | bytes, forms: Mapping[str, _Form]) -> _Object:
    """The object, with what the forms make of its properties."""
    value: _Object = _shallow(raw)
    for name in forms.keys() & value.keys():
        value[name] = forms[name](value[name])
    return value


def _each(form: _Form) -> _Form:
    """The form of an array whose items have this form."""
    return lambda raw: [form(item) for item in _shallow_list(raw)]


def _one_or_each(form: _Form) -> _Form:
    """The same, where one item may stand for itself. The answer is an array: the standard wants that."""
    return lambda raw: [form(item) for item in ([raw] if _is_object(raw) else _shallow_list(raw))]


def _is_object(raw: _Raw) -> bool:
    return bytes(raw).lstrip()[:1] == b"{"


def _related(form: _Form) -> _Form:
    """The form of contextActivities, whose activities have this form."""
    return lambda raw: {name: _one_or_each(form)(items) for name, items in _shallow(raw).items()}


def _kind_of(raw: _Raw) -> str:
    kind = _shallow(raw).get("objectType")
    return _decode(kind) if kind is not None else "Activity"


# exact


def exact(payload: bytes) -> bytes:
    """The statement as received; only a context activity that stands alone is put into an array.

    The standard wants that in every format. A payload without such activities comes back untouched, byte for byte.
    """
    if b'"contextActivities"' not in payload or not _has_lone_activity(payload):
        return payload
    return _encode(_changed(payload, _EXACT))


def _has_lone_activity(raw: _Raw | bytes) -> bool:
    statement = _shallow(raw)
    related = _shallow(statement["context"]).get("contextActivities") if "context" in statement else None
    if related is not None and any(_is_object(items) for items in _shallow(related).values()):
        return True
    return _kind_of(statement["object"]) == "SubStatement" and _has_lone_activity(statement["object"])


def _as_it_is(raw: _Raw) -> _Raw:
    return raw


def _exact_object(raw: _Raw) -> Any:
    return _changed(raw, _EXACT) if _kind_of(raw) == "SubStatement" else raw


_EXACT_CONTEXT: dict[str, _Form] = {"contextActivities": _related(_as_it_is)}
_EXACT: dict[str, _Form] = {
    "context": lambda raw: _changed(raw, _EXACT_CONTEXT),
    "object": _exact_object,
}


# ids


def as_ids(payload: bytes) -> bytes:
    """The statement with no more of its agents, groups, verbs and activities than what identifies them.

    An anonymous group keeps what identifies its members.
    """
    return _encode(_changed(payload, _IDS))


def _actor_ids(raw: _Raw) -> _Object:
    value = _shallow(raw)
    kept: _Object = {
        name: item for name, item in value.items() if name == "objectType" or name in IDENTIFIERS
    }
    if "member" in value and not any(name in kept for name in IDENTIFIERS):
        kept["member"] = _each(_actor_ids)(value["member"])
    return kept


def _id_only(raw: _Raw) -> _Object:
    """Of a verb or an activity: an object without objectType is an activity."""
    return {"id": _shallow(raw)["id"]}


def _object_ids(raw: _Raw) -> Any:
    match _kind_of(raw):
        case "Agent" | "Group":
            return _actor_ids(raw)
        case "SubStatement":
            return _changed(raw, _IDS)
        case "Activity":
            return _id_only(raw)
        case _:
            return raw


_IDS_CONTEXT: dict[str, _Form] = {
    "instructor": _actor_ids,
    "team": _actor_ids,
    "contextActivities": _related(_id_only),
    "contextAgents": _each(lambda raw: _changed(raw, {"agent": _actor_ids})),
    "contextGroups": _each(lambda raw: _changed(raw, {"group": _actor_ids})),
}
_IDS: dict[str, _Form] = {
    "actor": _actor_ids,
    "verb": _id_only,
    "object": _object_ids,
    "context": lambda raw: _changed(raw, _IDS_CONTEXT),
    "authority": _actor_ids,
}


# canonical


def as_canonical(
    payload: bytes, definitions: Mapping[str, Mapping[str, Any]], languages: Iterable[str]
) -> bytes:
    """The statement with its activities as the store knows them, and each text in one language.

    `definitions` by activity id; an activity that is not among them keeps the definition it came with. `languages`
    as `languages()` gives them.
    """
    reader = Canonical(languages)
    reader.learn(definitions)
    return reader.statement(payload)


class _TooMuch(Exception):
    """Known definitions would make more of a statement than anyone should have to read."""


class Canonical:
    """The canonical format for one reader, who may see many statements: `learn` what is known of their activities."""

    def __init__(self, languages: Iterable[str]) -> None:
        self._known: Mapping[str, Mapping[str, Any]] = {}
        self._wanted = list(languages)
        self._written: dict[str, bytes] = {}  # known definitions as they are shown
        self._room = 0
        context: dict[str, _Form] = {"contextActivities": _related(self._activity)}
        self._forms: dict[str, _Form] = {
            "verb": lambda raw: _changed(raw, {"display": self._map}),
            "object": self._object,
            "context": lambda raw: _changed(raw, context),
        }

    def learn(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        """What is known of the activities of the statements that follow, by id, in place of what was."""
        self._known = definitions
        self._written.clear()

    def statement(self, payload: bytes) -> bytes:
        """The statement; where known definitions would add more than MOST_ADDED bytes, with those it came with."""
        self._room = MOST_ADDED
        known = self._known
        try:
            return _encode(_changed(payload, self._forms))
        except _TooMuch:
            self._known = {}
            return _encode(_changed(payload, self._forms))
        finally:
            self._known = known

    def _object(self, raw: _Raw) -> Any:
        match _kind_of(raw):
            case "Activity":
                return self._activity(raw)
            case "SubStatement":
                return _changed(raw, self._forms)
            case _:
                return raw

    def _activity(self, raw: _Raw) -> _Object:
        value: _Object = _shallow(raw)
        iri = _decode(value["id"])
        if iri in self._known:
            value["definition"] = self._known_definition(iri)
        elif "definition" in value:
            value["definition"] = self._received(value["definition"])
        return value

    def _known_definition(self, iri: str) -> _Raw:
        written = self._written.get(iri)
        if written is None:
            written = self._written[iri] = _encode(self._definition(self._known[iri]))
        self._room -= len(written)
        if self._room < 0:
            raise _TooMuch
        return _Raw(written)

    def _definition(self, definition: Mapping[str, Any]) -> _Object:
        """A definition, each text in one language."""
        value = dict(definition)
        for name in ("name", "description"):
            if name in value:
                value[name] = one_language(value[name], self._wanted)
        for name in COMPONENT_LISTS:
            if name in value:
                value[name] = [self._component(part) for part in value[name]]
        return value

    def _component(self, component: Mapping[str, Any]) -> _Object:
        value = dict(component)
        if "description" in value:
            value["description"] = one_language(value["description"], self._wanted)
        return value

    def _received(self, raw: _Raw) -> _Object:
        """A definition as received: its extensions, which may have numbers, are left as they are."""
        value: _Object = _shallow(raw)
        for name in value.keys() - {"extensions"}:
            value[name] = _decode(value[name])
        return self._definition(value)

    def _map(self, raw: _Raw) -> dict[str, str]:
        return one_language(_decode(raw), self._wanted)


# Languages


def languages(accept_language: str) -> list[str]:
    """The language ranges of an Accept-Language header in lower case, the most wanted first; `!` marks unwanted ones.

    A header that is no such list counts as far as it can be read, and of many ranges the most wanted ones.
    """
    found = []
    for part in accept_language.split(",")[:100]:
        tag, _, rest = part.partition(";")
        tag = tag.strip().lower()
        quality = _quality(rest)
        if tag and quality is not None:
            found.append((-quality, tag if quality > 0 else _REFUSED + tag))
    return [tag for _, tag in sorted(found, key=lambda item: item[0])][:MOST_LANGUAGES]


def _quality(parameter: str) -> float | None:
    name, _, value = parameter.partition("=")
    if not name.strip():
        return 1.0
    try:
        quality = float(value) if name.strip().lower() == "q" else 1.0
    except ValueError:
        return None
    return quality if 0 <= quality <= 1 else None


def one_language(texts: Mapping[str, str], wanted: list[str]) -> dict[str, str]:
    """The entry of a language map that suits the reader best, as a map of one; an empty map stays empty.

    As RFC 2616 says, a tag is wanted as much as the longest range that is a prefix of it. Of equals the first: a
    tag that is the very range, one that a shortened range fits (`en` for who wants `en-GB`), `und`, the first there
    is.
    """
    if len(texts) <= 1:
        return dict(texts)
    tag = min(texts, key=lambda tag: _rank(tag.lower(), wanted))
    return {tag: texts[tag]}


def _rank(tag: str, wanted: list[str]) -> tuple[int, bool, int, bool]:
    """How far a tag, in lower case, is from what is wanted; the least is the best."""
    length, place, nearly = -1, len(wanted), len(wanted)
    for at, item in enumerate(wanted):
        name = item.removeprefix(_REFUSED)
        if _matches(tag, name) and _length(name) > length:
            length, place = _length(name), at if name == item else len(wanted) + 1
        if name == item and nearly > at and _matches_shortened(tag, name):
            nearly = at
    return place, length != len(tag), nearly, tag != "und"


def _length(name: str) -> int:
    return 0 if name == "*" else len(name)


def _matches(tag: str, name: str) -> bool:
    return name in (tag, "*") or tag.startswith(name + "-")


def _matches_shortened(tag: str, name: str) -> bool:
    while "-" in name:
        name = name.rpartition("-")[0]
        if _matches(tag, name):
            return True
    return False
