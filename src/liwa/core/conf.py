"""Settings of the whole installation."""

from liwa.core.config import one_of, setting

setting(
    "LIWA_MODE",
    "local",
    "`local` on one's own machine, `production` when others reach it; production refuses unsafe settings.",
    parse=one_of("local", "production"),
)
setting("LIWA_DEBUG", False, "Show details of errors in the browser. Never in production.")
setting(
    "LIWA_HOSTS",
    ("localhost", "127.0.0.1", "[::1]"),
    "Host names under which the pages may be asked for.",
)
setting("LIWA_URL", "", "The address people use, such as https://campus.example.edu; https in production.")
setting(
    "LIWA_SECRET_KEY",
    "",
    "Key for signing sessions; by default made once and kept in LIWA_HOME/secret.key.",
    secret=True,
)
setting(
    "LIWA_LANGUAGE",
    "en",
    "Language of pages before a person chooses: en or zh-hans.",
    parse=one_of("en", "zh-hans"),
)
