"""Settings of care and of the letters it sends."""

from liwa.core.config import setting

setting(
    "LIWA_CARE_CAPACITY",
    10,
    "Students that an adviser can take on in a week, where no capacity of their own is set.",
)
setting("LIWA_CARE_DUE_DAYS", 7, "Days within which somebody reaches out to the student of a new case.")
