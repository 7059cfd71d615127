"""The button "I am on it": on the ticket's page, and in the mail."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from techdesk.notifications.letter import compose
from techdesk.notifications.links import path_of
from techdesk.notifications.models import Delivery, SignedLink
from tests.factories import person_with
from tickets.models import Ticket, UrgentAlert

pytestmark = pytest.mark.django_db


def test_the_button_on_the_page(client: Client, world: Any) -> None:
    ticket = world.ticket(priority="urgent")
    address = reverse("tickets:ticket-on-it", args=[ticket.number])
    client.force_login(world.technician)
    assert "I am on it" in client.get(ticket.get_absolute_url()).content.decode()
    answer = client.post(address, follow=True)
    assert "Nobody else is told" in answer.content.decode()
    assert f'action="{address}"' not in answer.content.decode()
    assert Ticket.objects.get(pk=ticket.pk).assignee == world.technician
    client.force_login(world.teacher)
    assert "I am on it" not in client.get(ticket.get_absolute_url()).content.decode()
    assert client.post(address).status_code == 403


def test_a_usual_ticket_has_no_such_button(client: Client, world: Any) -> None:
    ticket = world.ticket()
    client.force_login(world.technician)
    assert "I am on it" not in client.get(ticket.get_absolute_url()).content.decode()


def test_the_button_in_the_mail_works_once_without_signing_in(world: Any) -> None:
    client = Client(REMOTE_ADDR="198.51.100.77")  # links are throttled by address
    second = person_with("technician", world.school, family_name="Young")
    ticket = world.ticket(priority="urgent")
    link = SignedLink.objects.get(purpose="urgent.acknowledge", person=world.technician)
    path = path_of(link)
    first, other = (
        Delivery.objects.get(recipient=person, kind="tickets.opened") for person in (world.technician, second)
    )
    assert path in compose(first).body and "/l/" not in compose(other).body
    assert "Are you on it?" in client.get(path).content.decode()
    assert UrgentAlert.objects.get().acknowledged_at is None
    assert "nobody else is told" in client.post(path).content.decode()
    assert Ticket.objects.get(pk=ticket.pk).assignee == world.technician
    assert client.post(path).status_code == 410
