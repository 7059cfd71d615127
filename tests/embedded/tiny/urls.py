"""/healthz answers, and says who serves and where mail goes."""

import os

from django.http import HttpRequest, JsonResponse
from django.urls import path


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"process": os.getpid(), "mail": os.environ.get("EMAIL_URL")})


urlpatterns = [path("healthz", healthz)]
