"""The page of one ticket."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from techdesk.base.policy import load, policy
from tickets.models import Message, Ticket


@require_safe
@policy("tickets.view")
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """What was asked, what happened, what can be done now."""
    person: Any = request.user
    found = load(request, Ticket.objects.for_list(), number=number)
    messages = Message.objects.of_ticket(found).oldest_first().visible_to(person)
    return render(request, "tickets/ticket.html", {"ticket": found, "messages_of_ticket": messages})
