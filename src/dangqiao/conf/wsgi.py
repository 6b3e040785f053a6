"""The WSGI application of a node, as granian loads it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqiao.conf.settings")
application = get_wsgi_application()
