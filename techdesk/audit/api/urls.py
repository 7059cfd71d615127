"""Addresses under /api/v1/."""

from django.urls import path

from techdesk.audit.api import views

urlpatterns = [path("changes/", views.Changes.as_view(), name="changes")]
