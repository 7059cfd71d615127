from __future__ import annotations

from typing import Any

from django.test import Client

from devices.actions import check_in, check_out, retire_device
from devices.models import Custody
from techdesk.audit.models import AuditEntry, Disclosure
from tests.factories import PersonFactory, StudentFactory, person_with

URL = "/devices/LIN-0412/check-out/"


def test_to_a_person(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    assert client.get(URL).status_code == 200
    answer = client.post(
        URL, {"person": place.student.public_key, "due_on": "2999-05-28", "condition": "worn", "note": "charger"}
    )
    assert answer.status_code == 302
    assert answer["Location"] == "/devices/LIN-0412/"
    custody = Custody.objects.get()
    assert (custody.person, str(custody.due_on), custody.condition_out) == (place.student, "2999-05-28", "worn")
    assert AuditEntry.objects.get(verb="check_out").actor == place.tech
    assert "LIN-0412 is now with Mateo Rivera." in client.get("/devices/LIN-0412/").content.decode()


def test_without_javascript_a_person_is_typed(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    for typed in (place.student.email.upper(), place.student.identifier):
        assert client.post(URL, {"person": f" {typed} "}).status_code == 302
        check_in(actor=place.tech, device=place.device)


def test_to_a_room_or_a_slot(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    assert client.post(f"{URL}?to=room", {"room": place.room.public_key}).status_code == 302
    assert Custody.objects.get().room == place.room
    check_in(actor=place.tech, device=place.device)
    assert client.post(f"{URL}?to=cart", {"cart": "cart-1", "slot": "3"}).status_code == 302
    assert Custody.objects.open().get().slot == 3


def test_who_may_not(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.teacher)
    for person in (place.teacher, person_with("auditor", place.school)):
        assert signed_in(person).get(URL).status_code == 403
        assert signed_in(person).post(URL, {}).status_code == 403
    assert signed_in(place.other_tech).post(URL, {"person": place.student.public_key}).status_code == 404
    assert signed_in(place.tech).post("/devices/nothing/check-out/").status_code == 404
    assert Custody.objects.count() == 1


def test_somebody_who_sees_it_without_working_there(place: Any, signed_in: Any) -> None:
    """A technician of another school has borrowed it: they see it, and may not hand it on."""
    check_out(actor=place.tech, device=place.device, person=place.other_tech)
    assert signed_in(place.other_tech).get("/devices/LIN-0412/").status_code == 200
    assert signed_in(place.other_tech).get(URL).status_code == 403


def test_it_is_out_already(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.teacher)
    answer = signed_in(place.tech).post(URL, {"person": place.student.public_key, "note": "keep this"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Ana Diaz" in text
    assert "keep this" in text
    assert "/devices/LIN-0412/check-in/" in text
    assert Custody.objects.count() == 1


def test_the_holder_is_not_named_to_who_may_not_know(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.stranger)
    text = signed_in(place.tech).post(URL, {"person": place.student.public_key}).content.decode()
    assert "Nobody Known" not in text
    assert "a student" in text


def test_bad_input_keeps_what_was_typed(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    foreign = person_with("student", place.other)
    for to, data, field in (
        ("person", {"person": "", "note": "kept"}, "person"),
        ("person", {"person": "nobody@nowhere.example"}, "person"),
        ("person", {"person": foreign.public_key}, "person"),
        ("person", {"person": StudentFactory(is_active=False).public_key}, "person"),
        ("person", {"person": place.student.public_key, "due_on": "31/31/2026"}, "due_on"),
        ("person", {"person": place.student.public_key, "condition": "shiny"}, "condition"),
        ("person", {"person": place.student.public_key, "note": "x" * 2001}, "note"),
        ("room", {"room": "nowhere"}, "room"),
        ("cart", {"cart": "R-0001"}, "cart"),
        ("cart", {"cart": "CART-1", "slot": "zero"}, "slot"),
        ("cart", {"cart": "CART-1", "slot": "-1"}, "slot"),
    ):
        answer = client.post(f"{URL}?to={to}", data)
        assert answer.status_code == 422, (to, data)
        assert list(answer.context["form"].errors) == [field]
    assert not Custody.objects.exists()


def test_a_refusal_stands_at_its_field(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    late = client.post(URL, {"person": place.student.public_key, "due_on": "2020-01-01"})
    assert (late.status_code, list(late.context["form"].errors)) == (400, ["due_on"])
    high = client.post(f"{URL}?to=cart", {"cart": "CART-1", "slot": "6"})
    assert (high.status_code, list(high.context["form"].errors)) == (409, ["slot"])
    no_cart = client.post("/devices/CART-1/check-out/?to=cart", {"cart": "LIN-0412"})
    assert (no_cart.status_code, list(no_cart.context["form"].errors)) == (409, ["cart"])
    retire_device(actor=place.tech, device=place.device, reason="old")
    gone = client.post(URL, {"person": place.student.public_key})
    assert (gone.status_code, list(gone.context["form"].errors)) == (409, ["__all__"])


def test_a_form_needs_its_token(place: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(place.tech, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(URL, {"person": place.student.public_key}).status_code == 403
    assert not Custody.objects.exists()


def test_an_unknown_receiver_asks_for_a_person(place: Any, signed_in: Any) -> None:
    answer = signed_in(place.tech).get(f"{URL}?to=moon")
    assert list(answer.context["form"].fields)[0] == "person"


def test_check_in(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    check_out(actor=place.tech, device=place.device, person=place.student, note="charger taken")
    page = client.get("/devices/LIN-0412/check-in/")
    assert "charger taken" in page.content.decode()
    assert Disclosure.objects.get().students == [place.student.pk]
    assert client.post("/devices/LIN-0412/check-in/", {"condition": "broken", "note": "wet"}).status_code == 302
    custody = Custody.objects.get()
    assert (custody.condition_in, custody.note_in, custody.is_open) == ("broken", "wet", False)
    again = client.post("/devices/LIN-0412/check-in/", {"note": "twice"})
    assert again.status_code == 409
    assert Custody.objects.get().note_in == "wet"


def test_check_in_by_whom(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    assert signed_in(place.student).post("/devices/LIN-0412/check-in/").status_code == 403
    assert signed_in(place.other_tech).post("/devices/LIN-0412/check-in/").status_code == 404
    assert signed_in(place.tech).post("/devices/LIN-0412/check-in/", {"condition": "?"}).status_code == 422
    assert Custody.objects.open().count() == 1
    assert signed_in(person_with("library_aide", place.school)).post("/devices/LIN-0412/check-in/").status_code == 302


def test_the_note_of_another_schools_custody_stays_there(place: Any, signed_in: Any) -> None:
    """The device moved while it was out: who took it back then is not told what the other school wrote down."""
    check_out(actor=place.tech, device=place.device, person=place.student, note="for Mateo's brother")
    assert "brother" in signed_in(place.tech).get("/devices/LIN-0412/check-in/").content.decode()
    place.device.school = place.other
    place.device.save()
    assert "brother" not in signed_in(place.other_tech).get("/devices/LIN-0412/check-in/").content.decode()


def test_a_library_aide_is_not_told_a_students_name(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.student)
    text = signed_in(person_with("library_aide", place.school)).get("/devices/LIN-0412/check-in/").content.decode()
    assert "Rivera" not in text
    assert PersonFactory()
