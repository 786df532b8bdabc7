"""Settings of what flows on."""

from liwa.core.config import setting

setting(
    "LIWA_FORWARD_URL",
    "",
    "Another learning record store to send statements on to, such as https://lrs.example.edu/xapi.",
    secret=True,  # an address may hold a password
)
setting(
    "LIWA_FORWARD_KEY",
    "",
    "Liwa's key at the learning record store to which statements are sent on.",
    secret=True,
)
setting("LIWA_FORWARD_SECRET", "", "The secret of that key.", secret=True)
