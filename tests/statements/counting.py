"""Another process that counts in a document: `python -m tests.statements.counting <times>`."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")


def count(times: int) -> None:
    """Add one to the document's number so many times, each time in place of exactly what was read."""
    from liwa.statements import documents
    from liwa.statements.errors import Precondition

    key = documents.ActivityProfileKey("https://example.org/a", "counter")
    for _ in range(times):
        while True:
            found = documents.get(key)
            content = str(int(found.content) + 1).encode()
            try:
                documents.put(key, content, "text/plain", if_match=f'"{found.etag}"')
                break
            except Precondition:
                continue


if __name__ == "__main__":
    django.setup()
    print("ready", flush=True)
    sys.stdin.readline()
    count(int(sys.argv[1]))
