"""Which actors of statements does nobody answer to, and who might they be?"""

from django.db.models import Q, QuerySet
from django.http import Http404

from liwa.accounts.scope import CURRENT, Scope
from liwa.core.feeds import DESK
from liwa.portal.questions.advisees import named
from liwa.records.models import Identity, User
from liwa.statements import people
from liwa.statements.models import Actor

FOUND_AT_MOST = 20


def unmatched(scope: Scope) -> QuerySet[Actor]:
    """The actors nobody answers to, those with most statements first."""
    return people.unmatched_actors() if scope.sees_feeds else Actor.objects.none()


def one(scope: Scope, digest: str) -> Actor:
    """The actor of that digest, matched or not; 404 where there is none."""
    found = Actor.objects.filter(pk=digest).first() if scope.sees_feeds else None
    if found is None:
        raise Http404
    return found


def tied(scope: Scope) -> QuerySet[Identity]:
    """Whom the data office has tied, the last first."""
    if not scope.sees_feeds:
        return Identity.objects.none()
    return Identity.objects.filter(CURRENT, feed=DESK).select_related("user").order_by("-metadata__at", "pk")


def users(scope: Scope) -> QuerySet[User]:
    """Those whom an actor may turn out to be."""
    return User.objects.filter(CURRENT) if scope.sees_feeds else User.objects.none()


def search(scope: Scope, words: str) -> list[User]:
    """The first users whose name, number, user name or address contains the words."""
    if not words:
        return []
    other = Q(username__icontains=words) | Q(email__icontains=words)
    rows = users(scope).filter(Q(pk__in=named(words).values("pk")) | other)
    return list(rows.order_by("family_name", "given_name", "pk")[:FOUND_AT_MOST])
