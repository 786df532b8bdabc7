"""The two versions of the xAPI standard that Liwa speaks."""

from enum import StrEnum


class Version(StrEnum):
    """A version by the number in which it is announced."""

    V1 = "1.0.3"
    V2 = "2.0.0"
