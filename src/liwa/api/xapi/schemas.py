"""The shapes of what goes in and out, as JSON Schema, for the description of the interface.

They say what a statement looks like; what its strings must be in detail (IRIs, durations, language tags) is for
`liwa.statements.validation`.
"""

from typing import Any

_TEXT = {"type": "string"}
IRI = {**_TEXT, "format": "iri", "pattern": r"^[A-Za-z][A-Za-z0-9+.-]*:[!#$&-;=?-Z_a-z~\u00a1-\ud7ff]+$"}
_UUID = {**_TEXT, "format": "uuid"}
_INSTANT = {**_TEXT, "format": "date-time"}
_MAP = {"type": "object", "additionalProperties": _TEXT}
_EXTENSIONS = {"type": "object"}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _many(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": schema}


def _object(required: str, **properties: Any) -> dict[str, Any]:
    """An object of these properties and no others; the required ones by name, with spaces between."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


_ACCOUNT = _object("homePage name", homePage=IRI, name=_TEXT)
_IDENTIFIERS: dict[str, Any] = {
    "mbox": {**_TEXT, "pattern": "^mailto:[0-9A-Za-z._+-]+@[0-9A-Za-z]+([.-][0-9A-Za-z]+)*$"},
    "mbox_sha1sum": {**_TEXT, "pattern": "^[0-9a-fA-F]{40}$"},
    "openid": IRI,
    "account": _ACCOUNT,
}
_ONE_OF_THEM = {"oneOf": [{"required": [name]} for name in _IDENTIFIERS]}
_COMPONENTS = _many(_object("id", id=_TEXT, description=_MAP))
_ACTIVITIES = {"anyOf": [_ref("Activity"), _many(_ref("Activity"))]}
_INTERACTIONS = "true-false choice fill-in long-fill-in matching performance sequencing likert numeric other"

_CONTEXT = {
    "registration": _UUID,
    "instructor": _ref("Actor"),
    "team": _ref("Group"),
    "contextActivities": _object(
        "", parent=_ACTIVITIES, grouping=_ACTIVITIES, category=_ACTIVITIES, other=_ACTIVITIES
    ),
    "contextAgents": _many(
        _object(
            "objectType agent",
            objectType={"const": "contextAgent"},
            agent=_ref("Agent"),
            relevantTypes=_many(IRI),
        )
    ),
    "contextGroups": _many(
        _object(
            "objectType group",
            objectType={"const": "contextGroup"},
            group=_ref("Group"),
            relevantTypes=_many(IRI),
        )
    ),
    "revision": _TEXT,
    "platform": _TEXT,
    "language": _TEXT,
    "statement": _ref("StatementRef"),
    "extensions": _EXTENSIONS,
}
_EVENT = {
    "actor": _ref("Actor"),
    "verb": _object("id", id=IRI, display=_MAP),
    "result": _object(
        "",
        score=_object(
            "",
            scaled={"type": "number", "minimum": -1, "maximum": 1},
            raw={"type": "number"},
            min={"type": "number"},
            max={"type": "number"},
        ),
        success={"type": "boolean"},
        completion={"type": "boolean"},
        response=_TEXT,
        duration={**_TEXT, "format": "duration"},
        extensions=_EXTENSIONS,
    ),
    "context": _object("", **_CONTEXT),
    "timestamp": _INSTANT,
    "attachments": _many(_ref("Attachment")),
}
_THING = [_ref("Activity"), _ref("Agent"), _ref("Group"), _ref("StatementRef")]

SCHEMAS: dict[str, Any] = {
    "Anything": {"description": "Any JSON."},
    "Bytes": {"description": "Anything at all, byte for byte."},
    "Description": {"type": "object"},
    "Text": _TEXT,
    "Error": _object("error", error=_object("path rule", path=_TEXT, rule=_TEXT)),
    "About": _object("version", version=_many(_TEXT), extensions=_EXTENSIONS),
    "Agent": _object("", objectType={"const": "Agent"}, name=_TEXT, **_IDENTIFIERS) | _ONE_OF_THEM,
    "Group": _object(
        "objectType", objectType={"const": "Group"}, name=_TEXT, member=_many(_ref("Agent")), **_IDENTIFIERS
    ),
    "Actor": {"anyOf": [_ref("Agent"), _ref("Group")]},
    "Person": _object(
        "objectType",
        objectType={"const": "Person"},
        name=_many(_TEXT),
        **{name: _many(schema) for name, schema in _IDENTIFIERS.items()},
    ),
    "Activity": _object(
        "id",
        objectType={"const": "Activity"},
        id=IRI,
        definition=_object(
            "",
            name=_MAP,
            description=_MAP,
            type=IRI,
            moreInfo=IRI,
            interactionType={"enum": _INTERACTIONS.split()},
            correctResponsesPattern=_many(_TEXT),
            choices=_COMPONENTS,
            scale=_COMPONENTS,
            source=_COMPONENTS,
            target=_COMPONENTS,
            steps=_COMPONENTS,
            extensions=_EXTENSIONS,
        ),
    ),
    "StatementRef": _object("objectType id", objectType={"const": "StatementRef"}, id=_UUID),
    "SubStatement": _object(
        "objectType actor verb object",
        objectType={"const": "SubStatement"},
        object={"anyOf": _THING},
        **_EVENT,
    ),
    "Attachment": _object(
        "usageType display contentType length sha2",
        usageType=IRI,
        display=_MAP,
        description=_MAP,
        contentType=_TEXT,
        length={"type": "integer", "minimum": 0},
        sha2=_TEXT,
        fileUrl=IRI,
    ),
    "Statement": _object(
        "actor verb object",
        id=_UUID,
        object={"anyOf": [*_THING, _ref("SubStatement")]},
        stored=_INSTANT,
        authority=_ref("Actor"),
        version=_TEXT,
        **_EVENT,
    ),
    "Statements": {"anyOf": [_ref("Statement"), _many(_ref("Statement"))]},
    "Ids": _many(_UUID),
    "StatementResult": _object("statements more", statements=_many(_ref("Statement")), more=_TEXT),
    "Found": {"anyOf": [_ref("StatementResult"), _ref("Statement")]},
    "Mixed": {"description": "The JSON as the first part, then the contents of attachments."},
}

PARAMETERS: dict[str, Any] = {
    "Version": {
        "name": "X-Experience-API-Version",
        "in": "header",
        "required": True,
        "schema": {**_TEXT, "pattern": r"^[12]\.0(\.[0-9]+)?$"},
        "example": "2.0.0",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "description": "The ETag of the document that is meant.",
        "schema": _TEXT,
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "description": "`*` where there must be no document yet.",
        "schema": _TEXT,
    },
    "AcceptLanguage": {
        "name": "Accept-Language",
        "in": "header",
        "description": "Which language to keep of each text in the format `canonical`.",
        "schema": _TEXT,
    },
}

HEADERS: dict[str, Any] = {
    "Version": {"description": "The version in which the request was answered.", "schema": _TEXT},
    "ConsistentThrough": {
        "description": "Every statement stored up to this instant can be fetched.",
        "schema": _INSTANT,
    },
}
