"""Addresses of tickets."""

from django.urls import URLPattern, path

from tickets.views import page

app_name = "tickets"
urlpatterns: list[URLPattern] = [
    path("<int:number>/", page.ticket, name="ticket"),
]
