"""Addresses of jobs."""

from django.urls import URLPattern, path

from techdesk.jobs.views import files

app_name = "jobs"
urlpatterns: list[URLPattern] = [
    path("files/<uuid:key>/", files.stored_file, name="file"),
]
