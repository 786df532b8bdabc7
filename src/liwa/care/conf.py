"""Settings of care and of the letters it sends."""

from liwa.core.config import between, one_of, setting

setting(
    "LIWA_CARE_CAPACITY",
    10,
    "Students that an adviser can take on in a week, where no capacity of their own is set.",
    parse=between(0, 500),
)
setting(
    "LIWA_CARE_DUE_DAYS",
    7,
    "Days within which somebody reaches out to the student of a new case.",
    parse=between(1, 90),
)
setting("LIWA_MAIL_HOST", "", "The SMTP server that takes letters; without one they go to the console.")
setting("LIWA_MAIL_PORT", 587, "The port of the mail server.", parse=between(1, 65535))
setting("LIWA_MAIL_USER", "", "Liwa's name on the mail server, where it wants one.")
setting("LIWA_MAIL_PASSWORD", "", "The password of that name.", secret=True)
setting(
    "LIWA_MAIL_SECURITY",
    "starttls",
    "How the way there is encrypted: starttls, tls (from the first byte) or none.",
    parse=one_of("starttls", "tls", "none"),
)
setting("LIWA_MAIL_FROM", "", "The sender's address of letters.")
