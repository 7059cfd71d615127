"""The API's own addresses under /api/v1/."""

from django.urls import path

from techdesk.api import views

urlpatterns = [
    path("schema/", views.Schema.as_view(), name="schema"),
    path("docs/", views.reading_room, name="docs"),
]

#: Comes last, behind every resource.
unknown = [path("<path:rest>", views.unknown_address, name="unknown"), path("", views.unknown_address, name="root")]
