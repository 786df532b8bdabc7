"""Keys: what scopes allow, secrets that nobody keeps, and revoking that works at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liwa.core.config import config
from liwa.core.errors import LiwaError
from liwa.statements import credentials as module
from liwa.statements.models import Credential
from liwa.statements.scopes import SCOPES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    module._seen.clear()


def some(*scopes: str) -> Credential:
    return Credential(key="k", name="n", scopes=list(scopes))


ALLOWED = {
    "statements/write": "write",
    "statements/read/mine": "mine",
    "statements/read": "read",
    "state": "state read, state write",
    "define": "define",
    "profile": "profile read, profile write",
    "all/read": "read, state read, profile read",
    "all": "write, read, define, state read, state write, profile read, profile write",
}


def powers(credential: Credential) -> set[str]:
    found = {
        "write": credential.may_write_statements,
        "mine": credential.reads == "mine",
        "read": credential.reads == "all",
        "define": credential.may_define,
    }
    for kind in ("state", "profile"):
        found |= {f"{kind} read": credential.may(kind, write=False)}
        found |= {f"{kind} write": credential.may(kind, write=True)}
    return {name for name, may in found.items() if may}


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_allows_what_the_standard_says(scope: str) -> None:
    assert powers(some(scope)) == set(ALLOWED[scope].split(", "))


def test_no_scope_allows_nothing_and_the_wider_reading_wins() -> None:
    assert powers(some()) == set()
    assert some("statements/read/mine", "all/read").reads == "all"


def test_the_secret_is_kept_nowhere() -> None:
    made, secret = module.issue("Quiz tool", ["all"])
    stored = Credential.objects.filter(pk=made.key).values().get()
    assert len(secret) == 64  # 256 bits
    assert secret not in str(stored)
    assert len({module.issue("Quiz tool")[1] for _ in range(5)}) == 5


def test_key_and_secret_belong_together() -> None:
    one, one_secret = module.issue("One", ["all"])
    _, other_secret = module.issue("Other")
    found = module.authenticate(one.key, one_secret)
    assert found is not None and found.pk == one.pk
    for key, secret in [
        (one.key, other_secret),
        (one.key, ""),
        (one.key, one_secret + "x"),
        ("nobody", one_secret),
        ("", ""),
        ("nobody", ""),
        ("a\0b", "x"),
        (one.key, "\udcff"),
    ]:
        assert module.authenticate(key, secret) is None


def test_a_credential_without_a_secret_opens_nothing() -> None:
    made, _ = module.issue("One")
    Credential.objects.filter(pk=made.pk).update(secret_hash="")
    assert module.authenticate(made.key, "") is None


def test_the_database_is_asked_once_in_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    made, secret = module.issue("One")
    at = 1000.0
    monkeypatch.setattr(module.clock, "monotonic", lambda: at)
    with CaptureQueriesContext(connection) as queries:
        for _ in range(5):
            assert module.authenticate(made.key, secret)
    assert len(queries) == 1
    Credential.objects.filter(pk=made.key).update(revoked_at=made.created_at)  # by another process
    at = 1001.9
    assert module.authenticate(made.key, secret)
    at = 1002.1
    assert module.authenticate(made.key, secret) is None


def test_revoking_here_works_at_once() -> None:
    made, secret = module.issue("One")
    assert module.authenticate(made.key, secret)
    module.revoke(made.key)
    assert module.authenticate(made.key, secret) is None
    first = Credential.objects.get(pk=made.key).revoked_at
    assert module.revoke(made.key).revoked_at == first
    with pytest.raises(LiwaError, match="no such key"):
        module.revoke("nobody")


def test_many_unknown_keys_are_not_all_remembered() -> None:
    for number in range(module._REMEMBERED_KEYS + 10):
        module._known(f"\0{number}")
    assert len(module._seen) <= module._REMEMBERED_KEYS


def test_scopes_are_the_standards_and_default_to_its_own() -> None:
    assert module.issue("One")[0].scopes == ["statements/write", "statements/read/mine"]
    assert module.issue("One", ["define", "state", "define"])[0].scopes == ["state", "define"]
    with pytest.raises(LiwaError, match="no scope 'everything'"):
        module.issue("One", ["all", "everything"])


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\nb", "a\0b"])
def test_names_are_a_line_of_text(name: str) -> None:
    with pytest.raises(LiwaError):
        module.issue(name)


@pytest.mark.parametrize("feed", ["Feed", "a/b", "derived", "desk", "-a", "x" * 41])
def test_feeds_are_called_as_feeds_are(feed: str) -> None:
    with pytest.raises(LiwaError):
        module.issue("One", feed=feed)
    assert module.issue("One", feed="video")[0].feed == "video"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://tool.example.edu", "https://tool.example.edu"),
        ("https://Tool.Example.edu:443/", "https://tool.example.edu"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("*", "*"),
    ],
)
def test_origins_are_written_as_browsers_do(given: str, kept: str) -> None:
    made, _ = module.issue("One", origins=[given])
    assert made.origins == [kept]
    assert module.allowed_origins() == {kept}
    module.revoke(made.key)
    assert module.allowed_origins() == frozenset()


@pytest.mark.parametrize(
    "origin",
    [
        "tool.example.edu",
        "https://a/b",
        "ftp://a",
        "https://",
        "https://u:p@a",
        "https://a?b",
        "https://a:x",
        "null",
    ],
)
def test_what_is_no_origin(origin: str) -> None:
    with pytest.raises(LiwaError, match="origin"):
        module.issue("One", origins=[origin])


def test_from_where_it_may_be_used() -> None:
    made, _ = module.issue("One", origins=["https://a.example"])
    assert module.may_come_from(made, "https://a.example")
    assert not module.may_come_from(made, "https://b.example")
    anywhere, _ = module.issue("One", origins=["*"])
    assert module.may_come_from(anywhere, "https://b.example")


def test_a_key_is_issued_once() -> None:
    module.issue("One", key="k1")
    with pytest.raises(LiwaError, match="already"):
        module.issue("Two", key="k1")
    assert Credential.objects.get(pk="k1").name == "One"


def test_those_in_force_come_first() -> None:
    keys = [module.issue(name)[0].key for name in "abc"]
    module.revoke(keys[2])
    assert [one.key for one in module.issued()] == [keys[1], keys[0], keys[2]]


def test_the_authority_is_an_account_of_this_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    made = some("all")
    account = {"homePage": "https://liwa.invalid", "name": "k"}
    assert made.authority == {"objectType": "Agent", "account": account}
    changed = {**config(), "LIWA_URL": "https://campus.example.edu"}
    monkeypatch.setattr("liwa.statements.models.credentials.config", lambda: changed)
    assert made.authority["account"]["homePage"] == "https://campus.example.edu"
