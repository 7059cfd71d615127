"""Addresses of jobs."""

from django.urls import URLPattern, path

from techdesk.jobs.views import columns, files, imports, runs, undo

app_name = "jobs"
urlpatterns: list[URLPattern] = [
    path("imports/", imports.imports, name="imports"),
    path("imports/<uuid:key>/", imports.preview, name="import"),
    path("imports/<uuid:key>/columns/", columns.columns, name="import-columns"),
    path("imports/<uuid:key>/sheet/", columns.sheet, name="import-sheet"),
    path("imports/<uuid:key>/apply/", imports.apply, name="import-apply"),
    path("imports/<uuid:key>/discard/", imports.discard, name="import-discard"),
    path("imports/<uuid:key>/undo/", undo.undo, name="import-undo"),
    path("jobs/<uuid:key>/", runs.run, name="run"),
    path("files/<uuid:key>/", files.stored_file, name="file"),
]
