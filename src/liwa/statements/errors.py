"""What a learning record store refuses, each with the HTTP status that the standard gives it."""


class Refusal(Exception):
    """A request that is not carried out: `rule` says why, `path` which part of the JSON ("" is the request)."""

    status = 400

    def __init__(self, rule: str, path: str = "") -> None:
        super().__init__(rule, path)
        self.rule = rule
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.rule}" if self.path else self.rule


class Malformed(Refusal):
    """The request is not what the standard says it must be."""


class NotAllowed(Refusal):
    """The credential's scopes do not allow it."""

    status = 403


class NotFound(Refusal):
    """There is no such thing, or not for this credential."""

    status = 404


class Conflict(Refusal):
    """There is something else under this id."""

    status = 409


class Precondition(Refusal):
    """The document is not, or no longer, the one the request names."""

    status = 412


class TooLarge(Refusal):
    """More than this installation takes."""

    status = 413
