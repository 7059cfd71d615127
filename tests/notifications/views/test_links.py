"""Signed links: looking writes nothing, the button acts once, whatever is wrong is said calmly, the address is kept."""

from __future__ import annotations

import datetime as dt
import io
import logging
import random
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.log import formatter, masked
from techdesk.directory.models import Person
from techdesk.notifications.actions import deliver_due, make_link, revoke_links
from techdesk.notifications.hooks import LinkPage, _purposes, register_purpose
from techdesk.notifications.models import SignedLink
from tests.factories import PersonFactory, SchoolFactory, person_with
from tests.threads import at_once
from tickets.actions import open_ticket, reopen_ticket, resolve_ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """All tests come from one address."""
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signed_link": "100000/m/ip"}


@pytest.fixture
def done(monkeypatch: Any) -> list[str]:
    """What links of the purpose "test" have done."""
    acted: list[str] = []
    monkeypatch.setattr("techdesk.notifications.hooks._purposes", dict(_purposes))

    def act(link: SignedLink, given: dict[str, Any]) -> str:
        acted.append(link.object_key)
        return "Thing 7 is done."

    register_purpose("test", show=lambda link: LinkPage("Do it?", f"Thing {link.object_key}", "Yes"), act=act)
    return acted


def make(person: Any = None, *, days: int = 14) -> str:
    expires_at = now() + dt.timedelta(days=days)
    return make_link(
        purpose="test", object_type="things", object_key="7", person=person or PersonFactory(), expires_at=expires_at
    )


def test_looking_writes_nothing_and_the_button_acts_once(done: list[str], client: Client) -> None:
    path = make()
    for look in (client.get, client.head, client.get):
        with CaptureQueriesContext(connection) as queries:
            answer = look(path)
        assert answer.status_code == 200
        assert not [q for q in queries if not q["sql"].startswith("SELECT")]
    assert "Thing 7" in client.get(path).content.decode() and done == []

    assert "Thing 7 is done." in client.post(path).content.decode()
    second = client.post(path)
    assert (second.status_code, done) == (410, ["7"])
    assert "Already done" in second.content.decode()
    assert "Already done" in client.get(path).content.decode()


def test_no_token_and_no_secret_is_stored(done: list[str]) -> None:
    path = make()
    token = path.split("/")[2]
    row = SignedLink.objects.values().get()
    assert token not in str(row) and len(token) == 43


def test_a_link_stays_good_when_the_key_is_changed(done: list[str], client: Client, settings: Any) -> None:
    path = make()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 50, [settings.SECRET_KEY]
    assert client.get(path).status_code == 200


def test_whatever_is_wrong_is_a_calm_page(done: list[str], client: Client) -> None:
    old, revoked, whole = make(days=-1), make(), make()
    revoke_links(object_type="things", object_key="7", purposes=["another"])
    off = PersonFactory()
    of_off = make(off)
    Person.objects.filter(pk=off.pk).update(is_active=False)
    SignedLink.objects.filter(pk=SignedLink.objects.order_by("id")[1].pk).update(revoked_at=now())
    for path, status, code in (
        (old, 410, "link_expired"),
        (revoked, 410, "link_revoked"),
        (of_off, 410, "person_inactive"),
        (whole[:-3] + "/", 404, "link_unknown"),
        (whole + "more", 404, "link_unknown"),
        ("/l/", 404, "link_unknown"),
        ("/l/%00%ff/", 404, "link_unknown"),
    ):
        for method in (client.get, client.post):
            answer = method(path)
            assert (answer.status_code, answer["X-Problem-Code"]) == (status, code), path
            assert "This link does nothing now" in answer.content.decode()
    assert done == []


def test_every_wrong_link_costs_the_same_questions(done: list[str], client: Client) -> None:
    counts = set()
    for path in (make(days=-1), "/l/" + "x" * 43 + "/"):
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        counts.add(len(queries))
    assert counts == {1}


def test_the_address_is_told_to_nobody(done: list[str], client: Client) -> None:
    path = make()
    for answer in (client.get(path), client.post(path), client.get(path), client.get("/l/x/")):
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "no-store" in answer["Cache-Control"] and "noindex" in answer["X-Robots-Tag"]


def test_it_works_without_a_form_token_as_browsers_send_it(done: list[str]) -> None:
    """With "no-referrer" the origin is "null"."""
    answer = Client(enforce_csrf_checks=True).post(make(), headers={"Origin": "null"})
    assert answer.status_code == 200 and done == ["7"]


def test_one_address_cannot_try_for_ever(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "signed_link": "3/h/ip"}
    here = f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(256)}"
    answers = [client.get("/l/" + "y" * 43 + "/", REMOTE_ADDR=here) for _n in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert answers[-1]["Referrer-Policy"] == "no-referrer"


def test_an_act_that_breaks_leaves_the_link_unused(done: list[str], client: Client) -> None:
    path = make()

    def fail(link: SignedLink, given: dict[str, Any]) -> None:
        raise RuntimeError("gone wrong")

    register_purpose("test", show=lambda link: LinkPage("Do it?", "Thing", "Yes"), act=fail)
    with pytest.raises(RuntimeError):
        client.post(path)
    assert SignedLink.objects.get().used_at is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_one_does_it_the_other_finds_it_done(done: list[str]) -> None:
    path = make()
    answers = at_once(4, lambda _n: Client().post(path))
    assert sorted(answer.status_code for answer in answers) == [200, 410, 410, 410]
    assert done == ["7"]


def test_a_purpose_nobody_registers_is_refused_and_one_that_is_gone_does_nothing(client: Client) -> None:
    with pytest.raises(LookupError):
        make()


def test_no_log_line_holds_a_token(done: list[str], client: Client, monkeypatch: Any) -> None:
    path = make()
    token = path.split("/")[2]
    assert token not in masked(f"Internal Server Error: {path}") and "/l/" in masked(f"Internal Server Error: {path}")
    assert masked("/invitation/" + "a" * 43 + "/ and /tickets/7/") == "/invitation/…/ and /tickets/7/"
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.setFormatter(formatter())
    logging.getLogger().addHandler(handler)
    monkeypatch.setattr("techdesk.notifications.views.links.actions.find_link", _break)
    try:
        assert Client(raise_request_exception=False).get(path).status_code == 500
    finally:
        logging.getLogger().removeHandler(handler)
    assert output.getvalue() and token not in output.getvalue()


def _break(token: str) -> None:
    raise ZeroDivisionError


# --- the first user: "is it solved?" -----------------------------------------------------------------------


@pytest.fixture
def solved(mail_server: Any) -> tuple[Ticket, list[str]]:
    """A ticket that was resolved, and the addresses of the buttons in its mail."""
    school = SchoolFactory()
    teacher = person_with("teacher", school, email="ana@x.example")
    technician = person_with("technician", school)
    ticket = open_ticket(actor=teacher, school=school, subject="Board stays dark")
    resolve_ticket(actor=technician, ticket=ticket, resolution="New lamp")
    deliver_due()
    return ticket, buttons_of(mail_server)


def buttons_of(mail_server: Any) -> list[str]:
    mail = [mail for mail in mail_server.taken if mail["To"] == "ana@x.example"][-1]
    words = mail.get_body(("plain",)).get_content().split()
    return [word.removeprefix("http://127.0.0.1:8000") for word in words if "/l/" in word]


def test_yes_closes_the_ticket_as_its_requester(solved: Any, client: Client) -> None:
    ticket, (yes, _no) = solved
    page = client.get(yes).content.decode()
    assert "Is it solved?" in page and "New lamp" in page and "Board stays dark" in page
    assert "is closed" in client.post(yes).content.decode()
    ticket.refresh_from_db()
    assert ticket.status == "closed"
    assert [(e.verb, e.actor) for e in AuditEntry.objects.about(ticket)][-1] == ("close", ticket.requester)


def test_no_opens_it_again_with_or_without_words(solved: Any, client: Client) -> None:
    ticket, (yes, no) = solved
    assert "What is still wrong?" in client.get(no).content.decode()
    assert "is open again" in client.post(no, {"reason": "Dark after lunch"}).content.decode()
    ticket.refresh_from_db()
    assert ticket.status == "open"
    refused = client.post(yes)
    assert refused.status_code == 409 and "Only a resolved ticket can be closed" in refused.content.decode()
    assert SignedLink.objects.get(purpose="tickets.confirm_solved").used_at is None


def test_without_words_it_says_so_itself(solved: Any, client: Client) -> None:
    ticket, (_yes, no) = solved
    client.post(no, {"reason": ""})
    assert ticket.messages.latest("id").body == "Still broken."


def test_a_later_solution_takes_the_buttons_of_the_earlier_mail_back(
    solved: Any, client: Client, mail_server: Any
) -> None:
    ticket, (yes, no) = solved
    reopen_ticket(actor=ticket.requester, ticket=ticket, reason="Dark again")
    resolve_ticket(actor=person_with("technician", ticket.school), ticket=ticket, resolution="New board")
    assert client.get(yes).status_code == client.get(no).status_code == 410
    deliver_due()
    newer, _still = buttons_of(mail_server)
    assert client.post(newer).status_code == 200


def test_who_may_no_longer_see_the_ticket_does_nothing_with_it(solved: Any, client: Client) -> None:
    ticket, (yes, _no) = solved
    Ticket.objects.filter(pk=ticket.pk).update(requester=PersonFactory(), entered_by=PersonFactory())
    assert client.get(yes).status_code == client.post(yes).status_code == 410


def test_after_two_weeks_the_buttons_are_too_old(solved: Any, client: Client) -> None:
    _ticket, (yes, _no) = solved
    SignedLink.objects.update(expires_at=now())
    assert client.post(yes)["X-Problem-Code"] == "link_expired"


def test_who_solves_their_own_gets_no_buttons() -> None:
    school = SchoolFactory()
    technician = person_with("technician", school)
    ticket = open_ticket(actor=technician, school=school, subject="My own")
    resolve_ticket(actor=technician, ticket=ticket, resolution="Done")
    assert not SignedLink.objects.exists()
