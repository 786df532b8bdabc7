"""How long does the server take to answer each page?

    LIWA_HOME=var/demo/simulated .venv/bin/python -m bench.pages [--times 20]

Every registered page is opened in this process, through all of Django, by the first account that may open it, for
the first object that account may see: an adviser's student in greatest need, a teacher's largest class, the newest
load. Printed is the median of all times but the first, and its ratio to the limit. What opening a page writes is
rolled back.
"""

import argparse
import os
import re
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

LIMIT = 100.0  # milliseconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=20)
    times = parser.parse_args().times
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")
    import django

    django.setup()
    from django.db import transaction

    with transaction.atomic():
        rows = list(measured(times))
        transaction.set_rollback(True)
    print(f"{'page':<12} {'account':<22} {'queries':>7} {'median ms':>10} {'of the limit':>13}")
    for page, account, queries, median in rows:
        print(f"{page:<12} {account:<22} {queries:>7} {median:>10.1f} {median / LIMIT:>13.2f}")
    slow = [page for page, _account, _queries, median in rows if median > LIMIT]
    print(f"limit: {LIMIT:.0f} ms; over it: {', '.join(slow) or 'none'}")
    return 1 if slow or not rows else 0


def measured(times: int) -> Iterator[tuple[str, str, int, float]]:
    """(page, account, queries, median milliseconds) of each page that some account may open."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse

    from liwa.portal.pages import PUBLIC, pages

    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0])
    scopes = list(all_scopes())
    for name, page in pages.items():
        if "GET" not in page.methods or page.roles == PUBLIC:
            continue
        choice = first_choice(page, scopes)
        if choice is None:
            print(f"{name}: no account may open it here", file=sys.stderr)
            continue
        account, objects = choice
        client.force_login(account, backend=settings.AUTHENTICATION_BACKENDS[-1])
        address = reverse(name, kwargs=objects)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        yield name, account.username, len(queries), statistics.median(seconds(client, address, times)) * 1000


def seconds(client: Any, address: str, times: int) -> Iterator[float]:
    """The time of each of `times` answers."""
    for _ in range(times):
        started = time.perf_counter()
        answer = client.get(address)
        yield time.perf_counter() - started
        assert answer.status_code in (200, 302), (address, answer.status_code)


def all_scopes() -> Iterator[Any]:
    """The scope of every account, those with roles."""
    from liwa.accounts.models import Account
    from liwa.accounts.scope import Scope
    from liwa.core.clock import day_of, now
    from liwa.records.campus import profile

    campus = profile()
    for account in Account.objects.order_by("pk"):
        yield Scope(account, campus.as_of or day_of(now(), campus.zone))


def first_choice(page: Any, scopes: list[Any]) -> tuple[Any, dict[str, str]] | None:
    """An account that may open the page, and what it opens it for."""
    for scope in scopes:
        if not page.is_open_to(scope.roles):
            continue
        objects = {noun: OBJECTS[noun](scope) for noun in re.findall(r"<\w+:(\w+)>", page.route)}
        if all(objects.values()):
            return scope.account, objects
    return None


def _student(scope: Any) -> str | None:
    from liwa.digest.models import StudentDigest

    seen = StudentDigest.objects.filter(user__in=scope.advisees().values("pk"))
    return seen.order_by("-need").values_list("pk", flat=True).first()


def _klass(scope: Any) -> str | None:
    from liwa.digest.models import ClassDigest

    taught = ClassDigest.objects.filter(klass__in=scope.taught_classes().values("pk"))
    return taught.order_by("-running", "-students").values_list("pk", flat=True).first()


def _newest(model: str, field: str) -> Any:
    def newest(scope: Any) -> Any:
        from django.apps import apps

        return apps.get_model(model).objects.order_by("-pk").values_list(field, flat=True).first()

    return newest


OBJECTS = {
    "student": _student,
    "klass": _klass,
    "card": _newest("digest.Card", "pk"),
    "feed": _newest("records.Load", "feed"),
    "load": _newest("records.Load", "pk"),
}


if __name__ == "__main__":
    sys.exit(main())
