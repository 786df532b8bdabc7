"""The WSGI application that `liwa serve` runs."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")

application = get_wsgi_application()
