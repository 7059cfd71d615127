"""Addresses of directory."""

from django.urls import path, re_path

from techdesk.directory.views import invitation, people, pickers, settings

app_name = "directory"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/invite/", people.people_invite, name="people-invite"),
    path("people/find/", pickers.pick_person, name="pick-person"),
    path("people/<uuid:key>/", people.person, name="person"),
    path("people/<uuid:key>/invite/", people.person_invite, name="person-invite"),
    path("rooms/find/", pickers.pick_room, name="pick-room"),
    path("settings/", settings.own_settings, name="settings"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    # A link that was cut off or got something added to it: the same calm page.
    re_path(r"^invitation/(?P<token>.*)$", invitation.invitation, name="invitation-garbled"),
]
