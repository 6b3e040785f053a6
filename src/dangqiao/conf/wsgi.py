"""The WSGI application of a node, as granian loads it."""

import os
import threading

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from dangqiao.apps.work.processes import die_with_parent

# granian's own parent process may be killed; its child must not keep the port.
die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dangqiao.conf.settings")
# Limits per address, secure cookies and checks of origin need to know who really asks, and how.
application = wrap_wsgi_with_proxy_headers(
    get_wsgi_application(), trusted_hosts=list(settings.CONFIGURATION.web.trusted_proxies)
)
# Beside the first requests: the compiled half of the search takes a second to load.
threading.Thread(target=import_string("dangqiao.apps.holdings.index.warm"), name="warm", daemon=True).start()
