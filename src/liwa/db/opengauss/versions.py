"""What a server's version() says.

openGauss calls itself `(openGauss 6.0.2 build …) compiled at …` and speaks PostgreSQL's protocol as version 9.2.4,
so neither text nor number can be read as PostgreSQL's. GaussDB counts in numbers of its own: 505.2.0, V500R002C10.
"""

import re
from dataclasses import dataclass

_NAMED = re.compile(
    r"\b(?P<product>openGauss-lite|openGauss|GaussDB)(?: Kernel)? "
    r"(?:(?P<dotted>\d+(?:\.\d+)+)(?:-(?P<stage>[A-Za-z]+\d*))?"
    r"|V(?P<v>\d+)R(?P<r>\d+)C(?P<c>\d+))"
)


@dataclass(frozen=True)
class Version:
    """A server's product and numbers, as (6, 0, 2); `stage` is RC1 and the like, "" for a release."""

    product: str
    numbers: tuple[int, ...]
    stage: str = ""

    @property
    def open_source(self) -> bool:
        """Whether its numbers are openGauss's: GaussDB's cannot be compared with them."""
        return self.product != "GaussDB"

    def __str__(self) -> str:
        return f"{self.product} {'.'.join(map(str, self.numbers))}{'-' + self.stage if self.stage else ''}"


def parse(text: str) -> Version:
    """The version in what `SELECT version()` answers.

    Raises ValueError where it is neither openGauss nor GaussDB.
    """
    found = _NAMED.search(text)
    if found is None:
        raise ValueError(
            f"This server is neither openGauss nor GaussDB; it says: {text[:100]!r}. "
            "For PostgreSQL, use Django's own django.db.backends.postgresql."
        )
    numbers = found["dotted"].split(".") if found["dotted"] else [found["v"], found["r"], found["c"]]
    return Version(found["product"], tuple(map(int, numbers)), found["stage"] or "")
