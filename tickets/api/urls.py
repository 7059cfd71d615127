"""Addresses under /api/v1/."""

from django.urls import path

from tickets.api import views

urlpatterns = [
    path("tickets/", views.Tickets.as_view(), name="tickets"),
    path("tickets/<int:number>/", views.TicketDetail.as_view(), name="ticket"),
    path("tickets/<int:number>/messages/", views.TicketMessages.as_view(), name="ticket-messages"),
    path("tickets/<int:number>/assign/", views.TicketAssign.as_view(), name="ticket-assign"),
    path("tickets/<int:number>/resolve/", views.TicketResolve.as_view(), name="ticket-resolve"),
    path("tickets/<int:number>/reopen/", views.TicketReopen.as_view(), name="ticket-reopen"),
    path("tickets/<int:number>/close/", views.TicketClose.as_view(), name="ticket-close"),
]
