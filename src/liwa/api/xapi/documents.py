"""The three resources of documents: states, activity profiles, agent profiles."""

import re
from collections.abc import Callable
from functools import partial

import msgspec

from liwa.api.xapi import answers
from liwa.api.xapi.answers import Answer, LengthRequired
from liwa.api.xapi.call import Call, Operation, Resource, allow, limit
from liwa.api.xapi.parameters import AGENT, INSTANT, IRI, TEXT, UUID, Parameter
from liwa.statements import documents
from liwa.statements.errors import Conflict, Malformed, NotFound
from liwa.statements.validation import bounded, formats

ANY = "application/octet-stream"
_OLD = re.compile(r"1\.0(?:\.[0-2])?")
_VISIBLE = re.compile(r"[\t\x20-\x7e]*")
MakeKey = Callable[[Call], documents.Key]


def _state(call: Call) -> documents.Key:
    at = call.values
    registration = at.get("registration", "")
    return documents.StateKey(at["activityId"], at["agent"], registration, at.get("stateId"))


def _activity_profile(call: Call) -> documents.Key:
    return documents.ActivityProfileKey(call.values["activityId"], call.values.get("profileId"))


def _agent_profile(call: Call) -> documents.Key:
    return documents.AgentProfileKey(call.values["agent"], call.values.get("profileId"))


def show(make_key: MakeKey, kind: str, call: Call) -> Answer:
    """The document, or the ids of all where the request names none."""
    allow(call.credential.may(kind, write=False), f"reading documents of the kind {kind}")
    key = make_key(call)
    if key.id is None:
        found = documents.list_ids(key, call.values.get("since"))
        return answers.modified(answers.tagged(answers.encoded(found.ids)), found.updated_at)
    if "since" in call.values:
        raise Malformed("this goes with requests for the ids of documents", "?since")
    document = documents.get(key)
    answer = Answer(200, document.content, {"Content-Type": document.content_type})
    answer.headers["ETag"] = f'"{document.etag}"'
    return answers.modified(answer, document.updated_at)


def put(make_key: MakeKey, kind: str, call: Call) -> Answer:
    """Store the document in place of what there is."""
    allow(call.credential.may(kind, write=True), f"writing documents of the kind {kind}")
    content, content_type = _content(call)
    key, conditions = make_key(call), _conditions(call)
    if kind == "profile" and not any(conditions.values()):
        _refuse_unconditional(key, is_old=bool(_OLD.fullmatch(call.header("X-Experience-API-Version"))))
    documents.put(key, content, content_type, **conditions)
    return answers.nothing()


def _refuse_unconditional(key: documents.Key, is_old: bool) -> None:
    """Refuse to store a profile for who does not say whether there is one already: the standard wants that said.

    Clients that speak an old 1.0.x never did; they may make new ones.
    """
    try:
        documents.get(key)
    except NotFound:
        if is_old:
            return
        raise Malformed(
            "a new profile is stored with If-None-Match: *, one that exists with its ETag in If-Match",
            "If-None-Match",
        ) from None
    raise Conflict(
        "there is such a profile: see its current state, then replace it with its ETag in If-Match",
        "If-Match",
    )


def merge(make_key: MakeKey, kind: str, call: Call) -> Answer:
    """Set the properties of a JSON object in the one that is stored, or store it."""
    allow(call.credential.may(kind, write=True), f"writing documents of the kind {kind}")
    content, content_type = _content(call)
    most = limit("LIWA_XAPI_DOCUMENT_MB")
    documents.merge(make_key(call), content, content_type, **_conditions(call), limit=most)
    return answers.nothing()


def delete(make_key: MakeKey, kind: str, call: Call) -> Answer:
    """Remove the document, or all of a state's where the request names none."""
    allow(call.credential.may(kind, write=True), f"writing documents of the kind {kind}")
    key = make_key(call)
    if key.id is None:
        documents.delete_all(key)
    else:
        documents.delete(key, **_conditions(call))
    return answers.nothing()


def _conditions(call: Call) -> dict[str, str]:
    return {"if_match": call.header("If-Match"), "if_none_match": call.header("If-None-Match")}


def _content(call: Call) -> tuple[bytes, str]:
    """The document and its type. Raises Malformed where it says JSON and is none."""
    content_type = call.header("Content-Type") or ANY
    if not formats.is_media_type(content_type) or not _VISIBLE.fullmatch(content_type):
        raise Malformed("this is no media type", "Content-Type")
    is_json = call.media_type == answers.JSON
    if call.body.length is None and not is_json:
        raise LengthRequired("a document that is not JSON comes with its Content-Length", "Content-Length")
    content = call.body.whole(limit("LIWA_XAPI_DOCUMENT_MB"))
    if is_json:
        bounded(content)
        try:
            msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise Malformed("the document is not the JSON that its Content-Type says it is", "$") from None
    return content, content_type


_ACTIVITY = Parameter("activityId", IRI, "The id of the activity.", required=True)
_AGENT = Parameter("agent", AGENT, "The agent; groups have no documents.", required=True)
_SINCE = Parameter("since", INSTANT, "Only ids of documents stored or changed after this instant.")


def _operations(
    make_key: MakeKey, kind: str, context: tuple[Parameter, ...], name: str
) -> tuple[Operation, ...]:
    """What all three have alike; states alone can be deleted together."""
    the_id = Parameter(name, TEXT, "The id of the document.", required=True)
    any_id = Parameter(name, TEXT, "The id of the document; without it, all of them are meant.")
    together = kind == "state"
    bodies = {answers.JSON: "Anything", "*/*": "Bytes"}
    errors = (403, 409, 411, 412, 413)
    return (
        Operation(
            "GET",
            "Get a document, or the ids of all",
            partial(show, make_key, kind),
            (*context, any_id, _SINCE),
            gives=bodies,
            errors=(403, 404),
        ),
        Operation(
            "PUT",
            "Store a document",
            partial(put, make_key, kind),
            (*context, the_id),
            takes=bodies,
            status=204,
            conditional=True,
            errors=errors,
        ),
        Operation(
            "POST",
            "Merge a JSON object into a document, or store it",
            partial(merge, make_key, kind),
            (*context, the_id),
            takes=bodies,
            status=204,
            conditional=True,
            errors=errors,
        ),
        Operation(
            "DELETE",
            "Delete a document, or all of this context" if together else "Delete a document",
            partial(delete, make_key, kind),
            (*context, any_id if together else the_id),
            status=204,
            conditional=True,
            errors=(403, 409, 412),
        ),
    )


_REGISTRATION = Parameter("registration", UUID, "The registration; without it, states of no registration.")

RESOURCES = (
    Resource(
        "activities/state",
        "Documents that an activity keeps for an agent.",
        _operations(_state, "state", (_ACTIVITY, _AGENT, _REGISTRATION), "stateId"),
    ),
    Resource(
        "activities/profile",
        "Documents that belong to an activity.",
        _operations(_activity_profile, "profile", (_ACTIVITY,), "profileId"),
    ),
    Resource(
        "agents/profile",
        "Documents that belong to an agent.",
        _operations(_agent_profile, "profile", (_AGENT,), "profileId"),
    ),
)
