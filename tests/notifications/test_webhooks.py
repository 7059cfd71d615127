"""Chat rooms and gateways: what is posted, where nothing is ever posted, and what becomes of refusals."""

from __future__ import annotations

import datetime as dt
import socket
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.urls import reverse

from techdesk.base import outside
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.sealed import Unreadable, seal, unseal
from techdesk.notifications.actions import add_target, deliver_due, notify, switch_target, tell_targets, try_target
from techdesk.notifications.models import Delivery, WebhookTarget
from tests.factories import PersonFactory, SchoolFactory, person_with
from tests.notifications.hooked import Hooked, hooked

__all__ = ["hooked"]
pytestmark = pytest.mark.django_db
PAGE = reverse("directory:webhooks")


@pytest.fixture
def school() -> Any:
    return SchoolFactory(name="Lincoln")


@pytest.fixture
def admin(school: Any) -> Any:
    return person_with("school_admin", school)


def announce(school: Any, person: Any = None) -> None:
    person = person or PersonFactory()
    with transaction.atomic():
        notify(
            recipients=[person],
            kind="test",
            once="told",
            title="Lesson stopped: T-7",
            quote="Mateo cried",
            path="/tickets/7/",
        )
        tell_targets(notice_once="told", recipient=person, school=school)


def due_again() -> None:
    Delivery.objects.filter(channel="webhook").update(available_at=now())


def test_each_kind_reads_its_own_json(school: Any, admin: Any, hooked: Hooked) -> None:
    facts: dict[str, Any] = {"actor": admin, "school": school, "url": hooked.url}
    add_target(name="Room", kind="google_chat", **facts)
    add_target(name="Team", kind="teams", **facts)
    add_target(name="Phone", kind="sms", to="+1 555 0100", secret="open sesame", **facts)
    person = PersonFactory()
    announce(school, person)
    announce(school, person)
    assert deliver_due(by="webhook") == 3
    assert deliver_due(by="webhook") == 0
    chat, card, sms = (body for _path, _headers, body in hooked.taken)
    assert chat["text"].startswith("Lesson stopped: T-7\nhttp") and chat["text"].endswith("/tickets/7/")
    content = card["attachments"][0]
    assert (card["type"], content["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert content["content"]["body"][0]["text"] == "Lesson stopped: T-7"
    assert content["content"]["actions"][0]["url"].endswith("/tickets/7/")
    assert sms == {"to": "+1 555 0100", "text": chat["text"]}
    assert hooked.taken[0][0] == "/room?key=k"
    assert [headers.get("Authorization") for _p, headers, _b in hooked.taken] == [None, None, "Bearer open sesame"]
    assert "Mateo" not in str(hooked.taken)


def test_only_the_school_s_own_and_those_of_all_are_told(school: Any, hooked: Hooked) -> None:
    district = person_with("district_admin")
    for name, place in (("Here", school), ("All", None), ("Elsewhere", SchoolFactory())):
        add_target(actor=district, school=place, name=name, kind="google_chat", url=hooked.url)
    off = add_target(actor=district, school=school, name="Off", kind="google_chat", url=hooked.url)
    switch_target(actor=district, target=off, on=False)
    announce(school)
    told = Delivery.objects.filter(channel="webhook").order_by("id").values_list("address", flat=True)
    assert list(told) == ["Here", "All"]


def test_what_may_get_better_is_tried_again_and_what_will_not_is_not(school: Any, admin: Any, hooked: Hooked) -> None:
    add_target(actor=admin, school=school, name="Room", kind="google_chat", url=hooked.url)
    announce(school)
    hooked.answers = [(503, {}), (429, {})]
    for _n in range(2):
        assert deliver_due(by="webhook") == 0
        due_again()
    assert deliver_due(by="webhook") == 1
    assert Delivery.objects.get(channel="webhook").attempts == 3
    Delivery.objects.filter(channel="webhook").update(state="waiting", sent_at=None)
    hooked.answers = [(404, {})]
    deliver_due(by="webhook")
    row = Delivery.objects.get(channel="webhook")
    assert (row.state, row.last_error) == ("dead", "HTTP 404")


def test_a_redirect_is_not_followed(school: Any, admin: Any, hooked: Hooked) -> None:
    target = add_target(actor=admin, school=school, name="Room", kind="google_chat", url=hooked.url)
    hooked.answers = [(302, {"Location": hooked.url})]
    with pytest.raises(NotPossible, match="HTTP 302"):
        try_target(actor=admin, target=target)
    assert len(hooked.taken) == 1


def test_a_late_alarm_is_none(school: Any, admin: Any, hooked: Hooked) -> None:
    add_target(actor=admin, school=school, name="Room", kind="google_chat", url=hooked.url)
    announce(school)
    Delivery.objects.update(created_at=now() - dt.timedelta(hours=2))
    deliver_due(by="webhook")
    assert Delivery.objects.get(channel="webhook").state == "dead"
    assert not hooked.taken


def test_one_dead_target_does_not_hold_up_the_others(school: Any, admin: Any, hooked: Hooked) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    add_target(actor=admin, school=school, name="Closed", kind="google_chat", url=closed)
    add_target(actor=admin, school=school, name="Open", kind="google_chat", url=hooked.url)
    announce(school)
    assert deliver_due(by="webhook") == 1
    assert Delivery.objects.get(address="Closed").state == "waiting"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.4", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"]
    + ["::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "::"],
)
def test_no_address_inside_is_ever_reached(address: str, monkeypatch: Any) -> None:
    def names(*args: Any, **more: Any) -> Any:
        return [(0, 0, 0, "", ("8.8.8.8", 443)), (0, 0, 0, "", (address, 443))]

    monkeypatch.setattr(socket, "getaddrinfo", names)
    monkeypatch.setattr(socket, "create_connection", lambda *args: pytest.fail("connected"))
    with pytest.raises(outside.Forbidden, match="private_address"):
        outside.post("https://chat.example/x", b"{}", {})


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: Any) -> None:
    reached = []

    def connect(address: tuple[str, int], timeout: float) -> Any:
        reached.append((address, timeout))
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **m: [(0, 0, 0, "", ("8.8.8.8", 443))])
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(ConnectionRefusedError):
        outside.post("https://chat.example/x", b"{}", {})
    assert reached == [(("8.8.8.8", 443), 5)]


@pytest.mark.parametrize(
    "url", ["http://chat.example/", "ftp://x/", "https://", "https://a:b@x/", "https://x:99999/", "https://x/a b", "x"]
)
def test_what_is_no_address_is_refused_at_once(school: Any, admin: Any, url: str) -> None:
    with pytest.raises(BadInput) as refusal:
        add_target(actor=admin, school=school, name="Room", kind="google_chat", url=url)
    assert list(refusal.value.errors) == ["url"]


def test_the_address_is_a_key_and_kept_like_one(school: Any, admin: Any, settings: Any) -> None:
    url = "https://chat.example/v1/spaces/x?key=very-secret"
    target = add_target(actor=admin, school=school, name="Room", kind="google_chat", url=url)
    assert "very-secret" not in target.sealed_url and unseal(target.sealed_url) == url
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another" * 10
    assert unseal(target.sealed_url) == url
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(Unreadable):
        unseal(target.sealed_url)
    assert seal("") == unseal("") == ""


def test_nobody_enters_one_for_another_school(school: Any, admin: Any) -> None:
    for place in (SchoolFactory(), None):
        with pytest.raises(PermissionDenied):
            add_target(actor=admin, school=place, name="Room", kind="google_chat", url="https://chat.example/")


def test_the_page(client: Client, school: Any, admin: Any, hooked: Hooked) -> None:
    client.force_login(admin)
    given = {"school": school.code, "name": "Techs", "kind": "google_chat", "url": hooked.url}
    answer = client.post(PAGE, given, follow=True)
    assert "Techs is added." in answer.content.decode() and "key=k" not in answer.content.decode()
    target = WebhookTarget.objects.get()
    client.post(reverse("directory:webhook-try", args=[target.key]))
    assert len(hooked.taken) == 1
    client.post(reverse("directory:webhook-switch", args=[target.key]), {"on": "0"})
    assert "switched off" in client.get(PAGE).content.decode()
    answer = client.post(PAGE, {**given, "kind": "sms"})
    assert answer.status_code == 422 and "phone number" in answer.content.decode()
    client.force_login(person_with("school_admin", SchoolFactory()))
    assert client.post(reverse("directory:webhook-try", args=[target.key])).status_code == 404
    client.force_login(person_with("technician", school))
    assert client.get(PAGE).status_code == 403
