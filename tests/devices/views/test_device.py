from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse

from devices.actions import change_device, check_in, check_out, retire_device
from devices.models import Custody, Device
from devices.panels import _device_panels, register_device_panel
from techdesk.audit.models import Disclosure
from tests.factories import CartFactory, DeviceFactory, PersonFactory, StudentFactory, person_with


def page_of(answer: Any) -> str:
    return answer.content.decode()


def test_it_says_where_the_device_is(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.teacher, due_on=dt.date(2999, 1, 1))
    answer = signed_in(place.tech).get("/devices/LIN-0412/")
    text = page_of(answer)
    assert answer.status_code == 200
    assert 'Chromebook <span class="nowrap">LIN-0412</span> is with' in text
    assert f'<a href="{place.teacher.get_absolute_url()}">Ana Diaz</a>' in text
    assert "/devices/LIN-0412/check-in/" in text
    assert "/devices/LIN-0412/check-out/" not in text


def test_a_late_device_is_said_to_be_late(place: Any, signed_in: Any) -> None:
    check_out(actor=place.tech, device=place.device, person=place.teacher)
    Custody.objects.update(due_on=dt.date(2020, 1, 1))
    assert "It was due Jan 1, 2020" in page_of(signed_in(place.tech).get("/devices/LIN-0412/"))


def test_states_in_words(place: Any, signed_in: Any) -> None:
    client = signed_in(place.tech)
    homed = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=2)
    assert "is at home: CART-1, slot 2." in page_of(client.get(homed.get_absolute_url()))
    assert "is in stock." in page_of(client.get("/devices/LIN-0412/"))
    for status, words in (
        ("in_use", "nobody is written down"),
        ("in_repair", "is being repaired"),
        ("in_transit", "is on the way"),
        ("missing", "is missing."),
        ("lost", "is lost."),
        ("retired", "is retired."),
        ("disposed", "was disposed of."),
    ):
        device = DeviceFactory(school=place.school, status=status)
        assert words in page_of(client.get(device.get_absolute_url()))
    check_out(actor=place.tech, device=place.device, room=place.room)
    assert "is in Room 12 since" in page_of(client.get("/devices/LIN-0412/"))
    change_device(actor=place.tech, device=place.device, status="missing")
    assert "It was last with Room 12" in page_of(client.get("/devices/LIN-0412/"))


def test_who_sees_which_device(place: Any, signed_in: Any) -> None:
    """404 for a foreign school; a teacher sees hers and her students'; without a role only one's own."""
    mine = DeviceFactory(school=place.school)
    students = DeviceFactory(school=place.school)
    check_out(actor=place.tech, device=mine, person=place.nobody)
    check_out(actor=place.tech, device=students, person=place.student)
    in_room = DeviceFactory(school=place.school, home_room=place.room)
    guest = DeviceFactory(school=place.other)
    check_out(actor=place.other_tech, device=guest, room=place.room)
    expected = {
        place.tech: {place.device, mine, students, in_room},
        place.other_tech: {place.foreign, guest},
        place.teacher: {students, in_room, guest},
        place.student: {students},
        place.nobody: {mine},
        place.stranger: set(),
    }
    everything = [place.device, place.foreign, mine, students, in_room, guest]
    for person, visible in expected.items():
        client = signed_in(person)
        for device in everything:
            status = client.get(device.get_absolute_url()).status_code
            assert status == (200 if device in visible else 404), (person, device)


def test_a_students_homeroom_is_not_theirs(place: Any, signed_in: Any) -> None:
    child = person_with("student", place.school, default_room=place.room)
    board = DeviceFactory(school=place.school, home_room=place.room)
    assert signed_in(child).get(board.get_absolute_url()).status_code == 404


def test_what_only_the_school_reads(place: Any, signed_in: Any) -> None:
    change_device(actor=place.tech, device=place.device, notes="bought by the PTA", assigned_to=place.student)
    Device.objects.update(mdm_source="google", mdm_user=place.student.email, org_unit="/Lincoln/5B")
    check_out(actor=place.tech, device=place.device, person=place.student, note="no charger")
    for person in (place.student, place.teacher):
        text = page_of(signed_in(person).get("/devices/LIN-0412/"))
        assert "PTA" not in text
        assert "no charger" not in text
        assert "User there" not in text
        assert "/Lincoln/5B" not in text
        assert "/devices/LIN-0412/change/" not in text
    text = page_of(signed_in(place.tech).get("/devices/LIN-0412/"))
    assert "PTA" in text
    assert "no charger" in text
    assert place.student.email in text


def test_a_holder_the_viewer_may_not_know_stays_somebody(place: Any, signed_in: Any) -> None:
    """The board of my room is with somebody else's student."""
    device = DeviceFactory(school=place.school, home_room=place.room)
    other = person_with("student", place.school, given_name="Zoë", family_name="Martin")
    check_out(actor=place.tech, device=device, person=other)
    text = page_of(signed_in(place.teacher).get(device.get_absolute_url()))
    assert "is with somebody since" in text
    assert "Martin" not in text


def test_history_shows_only_what_may_be_seen_and_pages(place: Any, signed_in: Any) -> None:
    other = person_with("student", place.school, given_name="Zoë", family_name="Martin")
    for person in (other, place.student, *[place.tech] * 15, other, place.student):
        check_out(actor=place.tech, device=place.device, person=person)
        if person is not place.student or Custody.objects.of_person(person).count() == 1:
            check_in(actor=place.tech, device=place.device)
    of_school = signed_in(place.tech).get("/devices/LIN-0412/")
    assert len(of_school.context["history"]) == 15
    rest = signed_in(place.tech).get("/devices/LIN-0412/", {"cursor": of_school.context["page"].next_cursor})
    assert len(rest.context["history"]) == 4
    own = signed_in(place.student).get("/devices/LIN-0412/")
    assert [row.custody.person for row in own.context["history"]] == [place.student] * 2
    assert "Martin" not in page_of(own)


def test_disclosure(place: Any, signed_in: Any) -> None:
    change_device(actor=place.tech, device=place.device, assigned_to=place.student)
    signed_in(place.tech).get("/devices/LIN-0412/")
    row = Disclosure.objects.get()
    assert (row.viewer, row.purpose, row.students) == (place.tech, "device page", [place.student.pk])
    Disclosure.objects.all().delete()
    signed_in(place.student).get("/devices/LIN-0412/")
    assert not Disclosure.objects.exists()


def test_the_consoles_user_is_disclosed_too(place: Any, signed_in: Any) -> None:
    Device.objects.filter(pk=place.device.pk).update(mdm_source="google", last_user=place.student.email.upper())
    signed_in(place.tech).get("/devices/LIN-0412/")
    assert Disclosure.objects.get().students == [place.student.pk]


@pytest.mark.parametrize(
    "tag",
    ["LAB/12", "00 17", "Ä-1 ß", "0042", "..", "mine", "New", "a~b", "50%", "x?y#z", "C/check-out", "100%2F", "é+&"],
)
def test_odd_tags_have_addresses(tag: str, place: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=place.school, asset_tag=tag)
    client = signed_in(place.tech)
    for page in ("", "check-out/", "change/", "retire/"):
        answer = client.get(device.get_absolute_url() + page)
        assert answer.status_code == 200
        assert answer.context["device"] == device
    assert client.get(reverse("devices:list")).status_code == 200


def test_a_tag_typed_plainly_or_in_other_case_is_found(place: Any, signed_in: Any) -> None:
    device = DeviceFactory(school=place.school, asset_tag="LAB/12 A")
    client = signed_in(place.tech)
    for typed in ("/devices/lab/12%20a/", "/devices/LAB%2F12 A/"):
        assert client.get(typed).context["device"] == device
    assert client.get("/devices/%00/").status_code == 404
    assert client.get(f"/devices/{'x' * 3000}/").status_code == 404


def test_html_in_text_is_text(place: Any, signed_in: Any) -> None:
    evil = "<script>alert(1)</script>"
    person = person_with("teacher", place.school, given_name=evil, family_name="<b>")
    device = DeviceFactory(school=place.school, asset_tag="<i>1</i>", notes=evil)
    check_out(actor=place.tech, device=device, person=person, note=evil)
    for address in (device.get_absolute_url(), "/devices/", device.get_absolute_url() + "check-in/"):
        text = page_of(signed_in(place.tech).get(address))
        assert evil not in text
        assert "<i>1</i>" not in text
        assert "&lt;script&gt;" in text


def test_a_cart_shows_its_slots(place: Any, signed_in: Any) -> None:
    at_home = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=1, asset_tag="IN-1")
    away = DeviceFactory(school=place.school, home_cart=place.cart, home_slot=2, asset_tag="OUT-2")
    DeviceFactory(school=place.school, home_cart=place.cart, home_slot=3, status="in_repair")
    guest = DeviceFactory(school=place.school, asset_tag="GUEST-4")
    loose = DeviceFactory(school=place.school, home_cart=place.cart, asset_tag="LOOSE")
    check_out(actor=place.tech, device=away, person=place.student)
    check_out(actor=place.tech, device=guest, cart=place.cart, slot=4)
    answer = signed_in(place.tech).get("/devices/CART-1/")
    cart = answer.context["cart"]
    assert [(s.number, str(s.word), s.detail) for s in cart.slots] == [
        (1, "In", "IN-1"),
        (2, "Out", "OUT-2"),
        (3, "In repair", cart.slots[2].detail),
        (4, "In", "GUEST-4"),
        (5, "Empty", ""),
    ]
    assert cart.loose == [loose]
    assert (cart.present, cart.away) == (3, 2)
    assert at_home.get_absolute_url() in page_of(answer)
    assert "Mateo" not in page_of(answer)


def test_panels_of_other_apps(place: Any, signed_in: Any) -> None:
    def panel(request: Any, device: Device) -> str | None:
        return f"<b>{device}</b>" if request.user == place.tech else None

    register_device_panel(panel)
    try:
        assert "&lt;b&gt;LIN-0412&lt;/b&gt;" in page_of(signed_in(place.tech).get("/devices/LIN-0412/"))
        check_out(actor=place.tech, device=place.device, person=place.student)
        assert "&lt;b&gt;" not in page_of(signed_in(place.student).get("/devices/LIN-0412/"))
    finally:
        del _device_panels[panel]


def test_buttons_follow_permission_and_state(place: Any, signed_in: Any) -> None:
    def words(person: Any) -> set[str]:
        text = page_of(signed_in(person).get("/devices/LIN-0412/"))
        return {verb for verb in ("check-out", "check-in", "change", "retire") if f"/devices/LIN-0412/{verb}/" in text}

    librarian = person_with("librarian", place.school)
    auditor = person_with("auditor", place.school)
    assert words(place.tech) == {"check-out", "change", "retire"}
    assert words(librarian) == {"check-out"}
    assert words(auditor) == set()
    check_out(actor=place.tech, device=place.device, person=place.student)
    assert words(place.tech) == {"check-in", "change"}
    assert words(librarian) == {"check-in"}
    assert words(place.student) == set()
    check_in(actor=place.tech, device=place.device)
    retire_device(actor=place.tech, device=place.device, reason="old")
    assert words(place.tech) == set()


def test_the_number_of_queries_does_not_grow(
    place: Any, signed_in: Any, django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devices.panels._device_panels", {})  # what other apps read is counted in their tests
    client = signed_in(place.tech)
    cart = CartFactory(school=place.school, slot_count=40)
    for count in (1, 3, 12):
        device = DeviceFactory(school=place.school, assigned_to=place.student)
        for _n in range(count):
            check_out(actor=place.tech, device=device, person=StudentFactory())
            check_in(actor=place.tech, device=device)
        check_out(actor=place.tech, device=device, person=PersonFactory())
        with django_assert_num_queries(10):
            client.get(device.get_absolute_url())
    for slot in range(1, 31):
        device = DeviceFactory(school=place.school, home_cart=cart, home_slot=slot)
        if slot > 1:
            check_out(actor=place.tech, device=device, person=StudentFactory())
    with django_assert_num_queries(10):
        client.get(cart.get_absolute_url())
