"""The API router: every resource of the contract, from the app that owns it."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from techdesk.api.urls import unknown

app_name = "api"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("techdesk.api.urls")),
    path("", include("techdesk.audit.api.urls")),
    path("", include("techdesk.directory.api.urls")),
    path("", include("devices.api.urls")),
    path("", include("tickets.api.urls")),
    *unknown,
]
