"""The feeds.toml a new installation starts from."""

from pathlib import Path

STARTER = """\
# The campus and its feeds; docs/feeds.md explains every field. Paths are relative to this file.

[campus]
name = "My campus"
timezone = "Asia/Shanghai"

# [outcome]                 # how a class ends for a student, where no feed says so
# final = "Final exam"      # title or kind of the deciding line item
# pass_mark = 60            # percent

# [[feed]]
# name = "sis"
# source = "oneroster"
# path = "inbox/sis.zip"
# schedule = "daily 02:00"

# [[feed]]
# name = "lms"
# source = "activity"
# path = "inbox/lms"        # a folder: its files are loaded in order of their names
# identity = "lms"
#   [feed.columns]
#   who = "account"
#   when = "time"
#   what = "action"
#   class = "course"
#   amount = "count"
"""


def write_starter(path: Path) -> bool:
    """Write the starter file unless there is one already; True when written."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(STARTER)
    except FileExistsError:
        return False
    return True
