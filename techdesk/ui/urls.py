"""What belongs to no domain starts with /-/."""

from django.urls import path

from techdesk.ui import views

app_name = "ui"
urlpatterns = [
    path("-/look/", views.look, name="look"),
    path("-/components/", views.catalogue, name="catalogue"),
    path("-/components/found/", views.catalogue_found, name="catalogue-found"),
]
