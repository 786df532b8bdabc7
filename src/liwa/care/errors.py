"""What care refuses to do."""

from liwa.core.errors import LiwaError


class Refused(LiwaError):
    """An action that the case does not allow; the message is a sentence for whoever asked."""
