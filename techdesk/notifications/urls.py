"""Addresses of notifications."""

from django.urls import path, re_path

from techdesk.notifications.views import deliveries, demo_mail, links, notices, settings

app_name = "notifications"
urlpatterns = [
    path("notices/", notices.notices, name="list"),
    path("notices/read/", notices.notices_read, name="read-all"),
    path("notices/<uuid:key>/open/", notices.notice_open, name="open"),
    path("notices/<uuid:key>/read/", notices.notice_read, name="read"),
    path("settings/notifications/", settings.own_notices, name="settings"),
    path("settings/mail/", deliveries.deliveries, name="deliveries"),
    path("settings/mail/<uuid:key>/resend/", deliveries.delivery_resend, name="delivery-resend"),
    path("l/<str:token>/", links.link, name="link"),
    # A link that was cut off or got something added to it: the same calm page.
    re_path(r"^l/(?P<token>.*)$", links.link, name="link-garbled"),
    path("-/mail/", demo_mail.demo_mail, name="demo-mail"),
]
