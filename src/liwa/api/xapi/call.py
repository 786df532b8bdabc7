"""One request of the standard, read and understood, whichever syntax it came in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from liwa.api.xapi.answers import Answer
from liwa.api.xapi.body import Body
from liwa.api.xapi.parameters import Parameter
from liwa.core.config import config
from liwa.statements.errors import Malformed, NotAllowed
from liwa.statements.models.credentials import Credential
from liwa.statements.versions import Version


@dataclass(frozen=True)
class Call:
    """A request to one operation.

    `parameters` are as the client wrote them, `values` what they stand for; `headers` have WSGI's names
    (HTTP_IF_MATCH); `body` is unread.
    """

    version: Version
    credential: Credential
    parameters: Mapping[str, str]
    values: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Body

    def header(self, name: str) -> str:
        """A header such as If-Match; empty where there is none."""
        key = name.upper().replace("-", "_")
        return str(self.headers.get(key if key == "CONTENT_TYPE" else f"HTTP_{key}") or "").strip()

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters, lower-case."""
        return self.header("Content-Type").partition(";")[0].strip().lower()


@dataclass(frozen=True)
class Operation:
    """What a resource does on one method.

    `parameters` are all it knows: any other is refused before `run` sees the request, and values are checked.
    `takes` and `gives` name the schema of the body by its media type, `errors` what `run` may refuse with, for those
    who read the description of the interface.
    """

    method: str
    summary: str
    run: Callable[[Call], Answer]
    parameters: tuple[Parameter, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    gives: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    reads_parameters: bool = False  # `run` reads and refuses them itself
    conditional: bool = False  # honours If-Match and If-None-Match
    errors: tuple[int, ...] = ()
    public: bool = False  # neither a key nor a version is asked for

    def read(self, parameters: Mapping[str, str], version: Version) -> dict[str, Any]:
        """What the parameters stand for. Raises Malformed where one is unknown, missing or wrong."""
        if self.reads_parameters:
            return {}
        known = {one.name: one for one in self.parameters}
        for name in parameters:
            if name not in known:
                raise Malformed("there is no such parameter here", f"?{name}"[:100])
        for one in self.parameters:
            if one.required and one.name not in parameters:
                raise Malformed("this parameter is required", f"?{one.name}")
        return {name: known[name].parse(text, version) for name, text in parameters.items()}


@dataclass(frozen=True)
class Resource:
    """One of the resources of the standard, under its path below `/xapi/`."""

    path: str
    about: str
    operations: tuple[Operation, ...]

    def operation(self, method: str) -> Operation | None:
        """What it does on a method; HEAD is GET without the body."""
        wanted = "GET" if method == "HEAD" else method
        return next((one for one in self.operations if one.method == wanted), None)

    @property
    def allowed(self) -> str:
        """Its methods, as the header Allow lists them."""
        methods = [one.method for one in self.operations]
        return ", ".join(["HEAD"] * ("GET" in methods) + methods + ["OPTIONS"])


def allow(permitted: bool, what: str) -> None:
    """Raise NotAllowed where a credential's scopes do not cover it."""
    if not permitted:
        raise NotAllowed(f"the scopes of this key do not cover {what}")


def limit(name: str) -> int:
    """A size limit of the settings, in bytes."""
    return int(config()[name]) * 1024 * 1024
