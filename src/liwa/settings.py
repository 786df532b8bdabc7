"""Django's settings, made from Liwa's own (`core.config`); apps are found in their folders."""

import os
import secrets
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

from django.utils.translation import gettext_lazy as _

import liwa
from liwa.care.mail import django_settings
from liwa.core.config import config, home
from liwa.core.errors import ConfigError
from liwa.db.urls import database_settings

_config = config()
_home: Path = home()

BASE_DIR = Path(liwa.__file__).parent


def _secret_key() -> str:
    """The configured key, else one made on first use and kept readable to its owner alone."""
    if _config["LIWA_SECRET_KEY"]:
        return str(_config["LIWA_SECRET_KEY"])
    path = _home / "secret.key"
    try:
        return path.read_text(encoding="ascii")
    except FileNotFoundError:
        pass
    _home.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".secret.{os.getpid()}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(50), encoding="ascii")
    try:
        os.link(fresh, path)  # whoever comes first wins; the other reads the winner's
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text(encoding="ascii")


def _apps() -> list[str]:
    """Every folder of Liwa that is a Django app."""
    folders = (f"liwa.{found.name}" for found in iter_modules([str(BASE_DIR)]) if found.ispkg)
    return [name for name in folders if find_spec(f"{name}.apps")]


PRODUCTION = _config["LIWA_MODE"] == "production"
if _config["LIWA_MODE"] not in {"local", "production"}:
    raise ConfigError("LIWA_MODE is neither local nor production.")

SECRET_KEY = _secret_key()
DEBUG: bool = _config["LIWA_DEBUG"]
ALLOWED_HOSTS = list(_config["LIWA_HOSTS"])
CSRF_FAILURE_VIEW = "liwa.portal.errors.forged"
CSRF_TRUSTED_ORIGINS = [_config["LIWA_URL"]] if _config["LIWA_URL"] else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    *_apps(),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "liwa.portal.security.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "liwa.accounts.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "liwa.urls"
WSGI_APPLICATION = "liwa.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "liwa.portal.context.portal",
            ],
        },
    },
]

DATABASES = {"default": database_settings(_config["LIWA_DATABASE_URL"], _home)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "liwa.accounts.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "liwa.portal.errors.locked_out"
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True

LANGUAGE_CODE = _config["LIWA_LANGUAGE"]
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
FORMAT_MODULE_PATH = ["liwa.portal.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = False  # the reverse proxy's business; deploy/ shows how
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Letters; see care/mail.py. Errors are logged, never mailed.
globals().update(django_settings(_config))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"once": {"()": "liwa.core.logs.OncePerMinute"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django's own line for a 404 or a bad request names the path alone, never the query.
    "loggers": {
        "django.request": {"level": "ERROR"},
        # A request for a host that is not ours is answered 400; its sender chooses the words of the line.
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "axes": {"level": "ERROR"},
        # Why there is no connection, which is tried several times a second.
        "psycopg.pool": {"filters": ["once"]},
    },
}
