"""The WSGI application of a node, as granian loads it."""

import os

from django.core.wsgi import get_wsgi_application

from dangqiao.apps.work.processes import die_with_parent

# granian's own parent process may be killed; its child must not keep the port.
die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqiao.conf.settings")
application = get_wsgi_application()
