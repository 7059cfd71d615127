"""Addresses of notifications."""

from django.urls import path

from techdesk.notifications.views import demo_mail, notices

app_name = "notifications"
urlpatterns = [
    path("notices/", notices.notices, name="list"),
    path("notices/read/", notices.notices_read, name="read-all"),
    path("notices/<uuid:key>/open/", notices.notice_open, name="open"),
    path("notices/<uuid:key>/read/", notices.notice_read, name="read"),
    path("-/mail/", demo_mail.demo_mail, name="demo-mail"),
]
