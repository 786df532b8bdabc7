"""Errors a person can cause and mend. Anything else that escapes is a defect of Liwa's own."""

# Exit codes of the `liwa` command, documented in docs/commands.md.
FAILED = 1
USAGE = 2
REFUSED = 3
BUSY = 4
UNAVAILABLE = 5


class LiwaError(Exception):
    """A plain sentence about what is wrong, and what to do about it.

    `message` and `remedy` are shown to the user as they are; they never hold secrets or personal data.
    """

    def __init__(self, message: str, *, remedy: str = "", exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.exit_code = exit_code

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class ConfigError(LiwaError):
    """A setting or a configuration file is wrong."""


class SourceError(LiwaError):
    """A file as a whole cannot be read: missing, not a zip, wrong columns."""


class Held(LiwaError):
    """The operation stopped before changing anything and waits for a person's consent."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, exit_code=REFUSED)


class Busy(LiwaError):
    """Somebody else holds what is needed; trying again later may work."""

    def __init__(self, message: str, *, remedy: str = "Try again in a moment.") -> None:
        super().__init__(message, remedy=remedy, exit_code=BUSY)


class Unavailable(LiwaError):
    """A service or device (database, network, disk) cannot be reached or is full."""

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy, exit_code=UNAVAILABLE)
