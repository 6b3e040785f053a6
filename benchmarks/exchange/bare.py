"""The bare HTTP POST beside us: a Django application of one view that reads the body and answers with fixed bytes.

`granian --interface wsgi benchmarks.exchange.bare:application`, with the options that a node's web server has.
"""

import os

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

ANSWER = b"x" * 700
"""As long as a signed receipt."""


@csrf_exempt
def messages(request: HttpRequest) -> HttpResponse:
    """Takes anything."""
    assert request.body
    return HttpResponse(ANSWER, content_type="application/jose")


urlpatterns = [path("exchange/v1/messages", messages)]
if not settings.configured:
    settings.configure(
        ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY=os.urandom(16).hex(), MIDDLEWARE=[]
    )
    django.setup()
application = get_wsgi_application()
