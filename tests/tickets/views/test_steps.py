"""The steps of a ticket by page: what each does, who may, what a refusal keeps, what a stale page says."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from techdesk.notifications.models import Notification
from tests.factories import person_with
from tests.jobs.pictures import photo_of_a_phone, upload
from tests.tickets.views.pages import EVIL, errors_of, text_of
from tickets.actions import add_message, assign_ticket, cancel_ticket, resolve_ticket, wait_ticket
from tickets.models import Attachment, Message, Ticket


def send(client: Client, ticket: Ticket, step: str, **fields: Any) -> Any:
    return client.post(f"/tickets/{ticket.number}/{step}/", {"version": ticket.version, **fields})


def new(**fields: Any) -> dict[str, Any]:
    return {"submission": str(uuid.uuid4()), **fields}


#: step -> what its form sends.
SENT: dict[str, dict[str, Any]] = {
    "reply": {"body": "On my way"},
    "note": {"body": "Again"},
    "assign": {"assignee": "me"},
    "wait": {"waiting_for": "parts"},
    "resume": {},
    "resolve": {"resolution": "New lamp"},
    "reopen": {"reason": "Dark again"},
    "close": {},
    "cancel": {"reason": "Not needed"},
}
#: What has to happen first.
BEFORE: dict[str, Any] = {
    "resume": lambda w, t: wait_ticket(actor=w.technician, ticket=t, waiting_for="parts"),
    "reopen": lambda w, t: resolve_ticket(actor=w.technician, ticket=t, resolution="Done"),
    "close": lambda w, t: resolve_ticket(actor=w.technician, ticket=t, resolution="Done"),
}
AFTER = {"assign": "open", "wait": "waiting", "resume": "open", "resolve": "resolved", "reopen": "open",
         "close": "closed", "cancel": "cancelled", "reply": "new", "note": "new"}  # fmt: skip
OF_THE_REQUESTER = {"reply", "reopen", "close", "cancel"}


def prepared(world: Any, step: str) -> Ticket:
    ticket = world.ticket()
    BEFORE.get(step, lambda w, t: None)(world, ticket)
    return Ticket.objects.get()


@pytest.mark.parametrize("step", SENT)
def test_a_technician_does_it_and_is_back_on_the_ticket(world: Any, signed_in: Any, step: str) -> None:
    ticket = prepared(world, step)
    client = signed_in(world.technician)
    assert client.get(f"/tickets/{ticket.number}/{step}/").status_code == 200
    answer = client.post(f"/tickets/{ticket.number}/{step}/", new(version=ticket.version, **SENT[step]), follow=True)
    assert answer.redirect_chain == [(f"/tickets/{ticket.number}/", 302)]
    assert Ticket.objects.get().status == AFTER[step]
    assert list(answer.context["messages"])


@pytest.mark.parametrize("step", SENT)
def test_who_may(world: Any, signed_in: Any, step: str) -> None:
    ticket = prepared(world, step)
    path = f"/tickets/{ticket.number}/{step}/"
    reader = person_with("auditor", world.school)
    for person in (world.stranger, world.foreign_technician, world.students[0]):
        client = signed_in(person)
        # Those who may do it nowhere are told so at the door; the others do not see the ticket.
        assert {client.get(path).status_code, client.post(path, SENT[step]).status_code} <= {403, 404}
    assert signed_in(reader).post(path, SENT[step]).status_code == 403
    assert Ticket.objects.get().version == ticket.version
    answer = signed_in(world.teacher).post(path, new(version=ticket.version, **SENT[step]))
    assert answer.status_code == (302 if step in OF_THE_REQUESTER else 403)
    anonymous = Client().post(path, SENT[step])
    assert anonymous.status_code == 302 and "/accounts/login/" in anonymous["Location"]


@pytest.mark.parametrize("step", SENT)
def test_without_the_token_nothing_happens(world: Any, step: str) -> None:
    ticket = prepared(world, step)
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.technician, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert send(client, ticket, step, **SENT[step]).status_code == 403
    assert Ticket.objects.get().version == ticket.version


@pytest.mark.parametrize("step", SENT)
def test_a_stale_page_says_what_is_new_keeps_the_text_and_then_sends(world: Any, signed_in: Any, step: str) -> None:
    ticket = prepared(world, step)
    lou = person_with("technician", world.school, given_name="Lou", family_name="Berg")
    add_message(actor=lou, ticket=ticket, body="I looked at it: the fuse")
    client = signed_in(world.technician)
    answer = client.post(f"/tickets/{ticket.number}/{step}/", new(version=ticket.version, **SENT[step]))
    words = text_of(answer)
    assert answer.status_code == 409 and "changed while you were writing" in words
    assert [entry.body for entry in answer.context["story"].since] == ["I looked at it: the fuse"]
    assert Ticket.objects.get().version == ticket.version + 1
    for typed in SENT[step].values():
        assert str(typed) in answer.content.decode()
    version = re.search(r'name="version" value="(\d+)"', answer.content.decode())
    assert version and int(version.group(1)) == ticket.version + 1
    again = client.post(f"/tickets/{ticket.number}/{step}/", new(version=version.group(1), **SENT[step]))
    assert again.status_code == 302


@pytest.mark.parametrize(
    ("step", "fields", "wrong"),
    [
        ("reply", {"body": ""}, "body"),
        ("reply", {"body": " \n\u200b "}, "body"),
        ("reply", {"body": "x" * 1_000_000}, "body"),
        ("note", {"body": "x" * 1_000_000}, "body"),
        ("assign", {"assignee": "somebody"}, "assignee"),
        ("wait", {"waiting_for": "godot"}, "waiting_for"),
        ("resolve", {"resolution": ""}, "resolution"),
        ("resolve", {"resolution": "x" * 1_000_000}, "resolution"),
        ("reopen", {"reason": ""}, "reason"),
        ("cancel", {"reason": "x" * 1_000_000}, "reason"),
        ("resolve", {"resolution": "ok", "version": "two"}, "version"),
    ],
)
def test_bad_answers_are_said_at_their_field(
    world: Any, signed_in: Any, step: str, fields: dict[str, str], wrong: str
) -> None:
    ticket = prepared(world, step)
    answer = signed_in(world.technician).post(
        f"/tickets/{ticket.number}/{step}/", new(**{"version": ticket.version, **fields})
    )
    assert answer.status_code == 422 and set(errors_of(answer)) == {wrong}
    assert Ticket.objects.get().version == ticket.version


def test_two_technicians_resolve_and_the_second_is_told(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    first, second = signed_in(world.technician), signed_in(person_with("technician", world.school))
    assert first.post(f"/tickets/{ticket.number}/resolve/", {"resolution": "Mine"}).status_code == 302
    answer = second.post(f"/tickets/{ticket.number}/resolve/", {"resolution": "No, mine"})
    words = text_of(answer)
    assert answer.status_code == 409 and "is already resolved" in words and "No, mine" in words
    assert Ticket.objects.get().resolution == "Mine"
    assert Notification.objects.filter(kind="tickets.resolved").count() == 1


def test_a_reply_twice_is_one_reply(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    client, sent = signed_in(world.technician), new(body="On my way", version=1)
    for _press in range(2):
        assert client.post(f"/tickets/{ticket.number}/reply/", sent).status_code == 302
    assert Message.objects.count() == 1


def test_a_reply_brings_a_photo_and_may_wait_for_the_answer(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    sent = new(body="Is it this plug?", waits="on", version=1, photo=upload(photo_of_a_phone()))
    signed_in(world.technician).post(f"/tickets/{ticket.number}/reply/", sent)
    assert (Ticket.objects.get().status, Ticket.objects.get().waiting_for) == ("waiting", "requester")
    assert Attachment.objects.get().message == Message.objects.get()
    # The requester's form has no such box, and does not listen to one.
    signed_in(world.teacher).post(f"/tickets/{ticket.number}/reply/", new(body="Yes", waits="on"))
    assert Ticket.objects.get().status == "open"


def test_the_photo_of_a_reply_survives_a_stale_page(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    add_message(actor=world.teacher, ticket=ticket, body="One more thing")
    client = signed_in(world.technician)
    sent = new(body="Look", version=1, photo=upload(photo_of_a_phone(), "plug.jpg"))
    answer = client.post(f"/tickets/{ticket.number}/reply/", sent)
    assert answer.status_code == 409 and "“plug.jpg” is kept" in text_of(answer)
    kept = re.search(r'name="kept_photo" value="([^"]+)"', answer.content.decode())
    assert kept
    client.post(f"/tickets/{ticket.number}/reply/", new(body="Look", version=2, kept_photo=kept.group(1)))
    assert Attachment.objects.get().file.original_name == "plug.jpg"


def test_a_note_is_never_mailed_to_the_requester(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    page = signed_in(world.technician).get(f"/tickets/{ticket.number}/note/")
    assert "Only technicians see this" in text_of(page)
    send(signed_in(world.technician), ticket, "note", **new(body="SECRET"))
    assert Message.objects.get().is_internal
    assert not Notification.objects.filter(recipient=world.teacher).exclude(kind="tickets.received").exists()
    for path in ("", "reply/", "cancel/", "asked/"):
        assert "SECRET" not in text_of(signed_in(world.teacher).get(f"/tickets/{ticket.number}/{path}"))
    assert "SECRET" not in text_of(signed_in(world.teacher).get("/tickets/mine/"))


def test_a_ticket_is_given_to_a_colleague_or_to_nobody_not_to_strangers(world: Any, signed_in: Any) -> None:
    lou = person_with("technician", world.school)
    ticket = world.ticket()
    client = signed_in(world.technician)
    client.post(f"/tickets/{ticket.number}/assign/", {"assignee": lou.public_key})
    assert Ticket.objects.get().assignee == lou
    client.post(f"/tickets/{ticket.number}/assign/", {"assignee": "nobody"})
    assert Ticket.objects.get().assignee is None
    for stranger in (world.foreign_technician, world.teacher):
        answer = client.post(f"/tickets/{ticket.number}/assign/", {"assignee": stranger.public_key})
        assert answer.status_code == 422 and "assignee" in errors_of(answer)
    assert Ticket.objects.get().assignee is None


def test_the_requester_says_it_works_or_is_still_broken(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    assign_ticket(actor=world.technician, ticket=ticket, assignee=world.technician)
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="New lamp")
    client = signed_in(world.teacher)
    assert client.post(f"/tickets/{ticket.number}/reopen/", {"reason": "Dark again"}).status_code == 302
    assert Notification.objects.get(kind="tickets.reopened").recipient == world.technician
    resolve_ticket(actor=world.technician, ticket=ticket, resolution="New fuse")
    # One click, from the list or the page: no version, nothing to read first.
    assert client.post(f"/tickets/{ticket.number}/close/").status_code == 302
    assert Ticket.objects.get().status == "closed"


def test_an_illegal_step_is_409_with_words(world: Any, signed_in: Any) -> None:
    ticket = world.ticket()
    cancel_ticket(actor=world.teacher, ticket=ticket)
    answer = signed_in(world.technician).post(f"/tickets/{ticket.number}/resolve/", {"resolution": EVIL})
    assert answer.status_code == 409 and "If the problem is back, reopen it first." in text_of(answer)
    assert "<script>alert" not in answer.content.decode()
    assert signed_in(world.teacher).post(f"/tickets/{ticket.number}/reply/", new(body="Hello?")).status_code == 409


def test_each_text_is_kept_as_a_draft_of_its_own(world: Any, signed_in: Any) -> None:
    ticket, client = world.ticket(), signed_in(world.technician)

    def drafts(path: str = "") -> list[str]:
        return re.findall(r'data-draft="([^"]+)"', client.get(f"/tickets/{ticket.number}/{path}").content.decode())

    reply, note = f"ticket-reply-{ticket.number}-0", f"ticket-note-{ticket.number}-0"
    assert drafts() == [reply, note]
    assert drafts("reply/") == [reply] and drafts("note/") == [note]
    assert drafts("resolve/") == [f"ticket-resolve-{ticket.number}"]
    # What others write does not take a draft away; what one sent oneself does not come back.
    add_message(actor=world.teacher, ticket=ticket, body="One more thing")
    assert drafts() == [reply, note]
    send(client, Ticket.objects.get(), "reply", **new(body="On my way"))
    assert drafts() == [f"ticket-reply-{ticket.number}-1", note]
