"""URLs of the learning record store. `liwa.wsgi` answers them before Django's middleware; tests come this way."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import re_path
from django.views.decorators.csrf import csrf_exempt

from liwa.api.xapi.entry import answer


@csrf_exempt
def xapi(request: HttpRequest) -> HttpResponseBase:
    """The answer in Django's form."""
    found = answer(request.META)
    if isinstance(found.body, bytes):
        response: HttpResponseBase = HttpResponse(found.body, status=found.status)
    else:
        response = StreamingHttpResponse(found.body, status=found.status)
    del response.headers["Content-Type"]
    for name, value in found.headers.items():
        response.headers[name] = value
    return response


prefix = ""
urlpatterns = [re_path(r"^xapi(?:/.*)?$", xapi, name="xapi")]
