"""Every address of the house. Each app brings its own; the walker over all of them is in tests/architecture."""

from django.urls import include, path

urlpatterns = [
    path("", include("techdesk.site.urls")),
    path("", include("techdesk.directory.urls")),
    path("", include("techdesk.jobs.urls")),
    path("", include("techdesk.notifications.urls")),
    path("", include("techdesk.ui.urls")),
    path("", include("devices.urls")),
    path("tickets/", include("tickets.urls")),
    path("api/v1/", include("techdesk.site.api")),
    path("accounts/", include("techdesk.directory.login_urls")),
]

handler400 = "techdesk.site.views.bad_request"
handler403 = "techdesk.site.views.forbidden"
handler404 = "techdesk.site.views.not_found"
handler500 = "techdesk.site.views.server_error"
