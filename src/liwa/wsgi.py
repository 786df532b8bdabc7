"""The WSGI application that `liwa serve` runs."""

import os

from django.core.wsgi import get_wsgi_application

os.umask(0o077)  # what Liwa writes is its owner's alone
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")

application = get_wsgi_application()
