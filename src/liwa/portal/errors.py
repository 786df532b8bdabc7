"""What a person sees when a page cannot be shown."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "portal/error.html", {"code": 404}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "portal/error.html", {"code": 403}, status=403)


def broken(request: HttpRequest) -> HttpResponse:
    return HttpResponse("500", status=500)
