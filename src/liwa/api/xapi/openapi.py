"""The description of these resources as OpenAPI 3.1, made from what answers the requests."""

from functools import cache
from typing import Any

import msgspec

import liwa
from liwa.api.xapi import answers
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.call import Call, Operation, Resource
from liwa.api.xapi.schemas import HEADERS, PARAMETERS, SCHEMAS
from liwa.statements.versions import Version

_ABOUT = (
    "The learning record store of Liwa: xAPI 1.0.3 and 2.0 (IEEE 9274.1.1), told apart by the header"
    " X-Experience-API-Version. In 1.0.x every request may also come in the alternate request syntax: POST with the"
    " parameter `method`, everything else in a form."
)
_VERSION = {"$ref": "#/components/parameters/Version"}
_CONDITIONS = ({"$ref": "#/components/parameters/IfMatch"}, {"$ref": "#/components/parameters/IfNoneMatch"})
_LANGUAGE = {"$ref": "#/components/parameters/AcceptLanguage"}
_SAID = {
    400: "The request is not what the standard says it must be.",
    401: "No credentials, or none of this store.",
    403: "The scopes of the credentials do not cover it.",
    404: "There is no such thing, or none that these credentials may see.",
    408: "The body takes too long to come.",
    409: "Something else is there already.",
    411: "A document that is not JSON came without Content-Length.",
    412: "A precondition of the request does not hold.",
    413: "More than this store takes.",
    415: "The body has a Content-Encoding.",
    503: "Busy, or a part of the store is away; try again.",
}


def show(call: Call) -> Answer:
    """The description itself."""
    return answers.json(_written())


@cache
def _written() -> bytes:
    return msgspec.json.encode(document())


def document() -> dict[str, Any]:
    """The description as an OpenAPI document."""
    from liwa.api.xapi.resources import resources

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liwa: learning record store",
            "version": liwa.__version__,
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/xapi"}],
        "security": [{"basic": []}, {"bearer": []}],
        "paths": {f"/{path}": _path(resource) for path, resource in resources().items()},
        "components": {
            "schemas": SCHEMAS,
            "parameters": PARAMETERS,
            "headers": HEADERS,
            "securitySchemes": {
                "basic": {"type": "http", "scheme": "basic"},
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    }


def _path(resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = {"summary": resource.about}
    for operation in resource.operations:
        method = operation.method.lower()
        found[method] = _operation(resource, operation, operation.method)
        if method == "get":
            found["head"] = _operation(resource, operation, "HEAD")
    return found


def _operation(resource: Resource, operation: Operation, method: str) -> dict[str, Any]:
    name = resource.path.replace("/", "-").replace(".", "-")
    said: dict[str, Any] = {
        "operationId": f"{method.lower()}-{name}",
        "summary": operation.summary if method != "HEAD" else f"{operation.summary}: the headers alone",
        "parameters": [
            {
                "name": one.name,
                "in": "query",
                "required": one.required,
                "description": one.about,
                **_value(one.kind.schema),
            }
            for one in operation.parameters
        ],
        "responses": _responses(resource, operation, method),
    }
    if operation.public:
        said["security"] = []
    else:
        said["parameters"].append(_VERSION)
    if operation.conditional:
        said["parameters"] += _CONDITIONS
    if any(one.name == "format" for one in operation.parameters):
        said["parameters"].append(_LANGUAGE)
    if operation.takes:
        said["requestBody"] = {"required": True, "content": _content(operation.takes)}
    return said


def _value(schema: Any) -> dict[str, Any]:
    """Agents are JSON inside the query."""
    return {"content": {answers.JSON: {"schema": schema}}} if "$ref" in schema else {"schema": schema}


def _responses(resource: Resource, operation: Operation, method: str) -> dict[str, Any]:
    headers = {"X-Experience-API-Version": {"$ref": "#/components/headers/Version"}}
    if resource.path == "statements":
        headers["X-Experience-API-Consistent-Through"] = {"$ref": "#/components/headers/ConsistentThrough"}
    success: dict[str, Any] = {"description": "Done." if operation.status == 204 else "Here it is."}
    if operation.gives and method != "HEAD":
        success["content"] = _content(operation.gives)
    found = {str(operation.status): success}
    for status in sorted(_errors(operation)):
        found[str(status)] = {"description": _SAID[status]}
        if method != "HEAD":
            found[str(status)]["content"] = _content(
                {answers.JSON: "Error", "text/plain": "Text", answers.HTML: "Text"}
            )
    for one in found.values():
        one["headers"] = headers
    return found


def _errors(operation: Operation) -> set[int]:
    """What a request of this operation may be refused with."""
    found = {400, 408, 415, 503, *operation.errors}
    return found if operation.public else found | {401}


def _content(bodies: Any) -> dict[str, Any]:
    return {media: {"schema": {"$ref": f"#/components/schemas/{name}"}} for media, name in bodies.items()}


VERSIONS = tuple(str(one) for one in Version)

RESOURCES = (
    Resource(
        "openapi.json",
        "This description.",
        (Operation("GET", "Get this description", show, gives={answers.JSON: "Description"}, public=True),),
    ),
)
