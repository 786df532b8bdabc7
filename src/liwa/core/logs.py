"""What the log need not hear again."""

import logging

SECONDS = 60.0
_MOST = 100


class OncePerMinute(logging.Filter):
    """Lets the same words through once in a minute: whoever tries again and again fails for one reason."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if record.created - self._said.get(text, 0.0) < SECONDS:
            return False
        if len(self._said) >= _MOST:
            self._said.clear()
        self._said[text] = record.created
        return True
