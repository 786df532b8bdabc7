"""Runs these tests with nothing but Django and psycopg: python tests/run.py [names of unittest].

DJANGO_OPENGAUSS_ENGINE is the backend to test (default: django_opengauss). With OPENGAUSS_TEST_URL (or
LIWA_TEST_OPENGAUSS_URL), as opengauss://user:password@host:5432/database, the live set runs too, in a schema of its
own that is dropped afterwards. A postgresql:// URL runs the same set on PostgreSQL with Django's own backend; with
OPENGAUSS_TEST_EMULATED=6.0.2 too, with ours (see emulated/).
"""

import os
import sys
import unittest
from pathlib import Path
from uuid import uuid4

HERE = Path(__file__).parent
ENGINE = os.environ.get("DJANGO_OPENGAUSS_ENGINE", "django_opengauss")
URL = os.environ.get("OPENGAUSS_TEST_URL") or os.environ.get("LIWA_TEST_OPENGAUSS_URL") or ""
SCHEMA = f"og_{uuid4().hex[:12]}"


def live_settings(url: str) -> dict[str, object]:
    """DATABASES["default"] for a URL of a server; parameters that libpq does not know are somebody else's."""
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict

    scheme, _, rest = url.partition("://")
    place, _, query = rest.partition("?")
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()}
    pairs = [pair for pair in query.split("&") if pair.partition("=")[0] in known]
    parts = conninfo_to_dict(f"postgresql://{place}?{'&'.join(pairs)}")
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    settings = {theirs: str(parts.pop(ours, "")) for ours, theirs in names.items()}
    if os.environ.get("OPENGAUSS_TEST_EMULATED"):
        return {"ENGINE": "emulated", **settings, "OPTIONS": parts | {"schema": SCHEMA}}
    if scheme in {"opengauss", "gaussdb"}:
        return {"ENGINE": ENGINE, **settings, "OPTIONS": parts | {"schema": SCHEMA}}
    if scheme != "postgresql":
        raise SystemExit(
            f"OPENGAUSS_TEST_URL begins with {scheme}://, not with opengauss://, gaussdb:// or postgresql://"
        )
    parts["options"] = f"{parts.get('options', '')} -c search_path={SCHEMA}".strip()
    return {"ENGINE": "django.db.backends.postgresql", **settings, "OPTIONS": parts}


def configure() -> None:
    import django
    from django.conf import settings

    never = {"NAME": "never", "OPTIONS": {}}
    settings.configure(
        DATABASES={
            "default": live_settings(URL) if URL else {"ENGINE": ENGINE, **never},
            "5.0.1": {"ENGINE": ENGINE, **never},
            "6.0.2": {"ENGINE": ENGINE, **never},
            "PostgreSQL": {"ENGINE": "django.db.backends.postgresql", **never},
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=["campus"],
        SECRET_KEY="of tests",
        TIME_ZONE="Asia/Shanghai",
        USE_TZ=True,
    )
    django.setup()


def main() -> int:
    sys.path.insert(0, str(HERE))
    sys.modules["run"] = sys.modules[__name__]
    configure()
    loader = unittest.TestLoader()
    if len(sys.argv) > 1:
        suite = loader.loadTestsFromNames(sys.argv[1:])
    else:
        suite = loader.discover(str(HERE), top_level_dir=str(HERE))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    return 0 if result.wasSuccessful() and result.testsRun else 1


if __name__ == "__main__":
    sys.exit(main())
