"""Addresses of directory."""

from django.urls import path, re_path

from techdesk.directory.views import invitation, people, pickers, records, security, settings

app_name = "directory"
urlpatterns = [
    path("people/", people.people, name="people"),
    path("people/invite/", people.people_invite, name="people-invite"),
    path("people/new/", records.add, name="person-add"),
    path("people/find/", pickers.pick_person, name="pick-person"),
    path("people/<uuid:key>/", people.person, name="person"),
    path("people/<uuid:key>/invite/", people.person_invite, name="person-invite"),
    path("people/<uuid:key>/change/", records.change, name="person-change"),
    path("people/<uuid:key>/off/", records.switch_off, name="person-off"),
    path("people/<uuid:key>/on/", records.switch_on, name="person-on"),
    path("people/<uuid:key>/roles/", records.roles, name="person-roles"),
    path("people/<uuid:key>/roles/end/", records.role_end, name="person-role-end"),
    path("people/<uuid:key>/join/", records.join, name="person-join"),
    path("rooms/find/", pickers.pick_room, name="pick-room"),
    path("people/<uuid:key>/sign-out/", security.person_sign_out, name="person-sign-out"),
    path("people/<uuid:key>/second-factor/", security.person_reset_second_factor, name="person-second-factor"),
    path("settings/", settings.own_settings, name="settings"),
    path("settings/sessions/", security.sessions, name="sessions"),
    path("settings/sessions/end/", security.sessions_end, name="sessions-end"),
    path("settings/security/", security.security, name="security"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    # A link that was cut off or got something added to it: the same calm page.
    re_path(r"^invitation/(?P<token>.*)$", invitation.invitation, name="invitation-garbled"),
]
