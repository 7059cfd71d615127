"""Addresses under /api/v1/."""

from django.urls import path

from techdesk.directory.api import views

urlpatterns = [
    path("schools/", views.Schools.as_view(), name="schools"),
    path("schools/<path:code>/", views.SchoolDetail.as_view(), name="school"),
    path("rooms/", views.Rooms.as_view(), name="rooms"),
    path("rooms/<path:room>/", views.RoomDetail.as_view(), name="room"),
    path("people/", views.People.as_view(), name="people"),
    path("people/<uuid:id>/", views.PersonDetail.as_view(), name="person"),
]
