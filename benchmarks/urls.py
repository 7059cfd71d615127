"""Techdesk's addresses and, before them, those of the floors."""

from django.urls import path

from benchmarks import floors
from techdesk.urls import urlpatterns as techdesk

urlpatterns = [
    path("api/floor/row/<int:pk>/", floors.RowFloor.as_view()),
    path("api/floor/bare/<int:pk>/", floors.bare_row),
    path("api/floor/write/", floors.WriteFloor.as_view()),
    path("api/floor/bare-write/", floors.bare_write),
    path("api/floor/export/", floors.ExportFloor.as_view()),
    path("floor/page/<int:pk>/", floors.page),
    *techdesk,
]
