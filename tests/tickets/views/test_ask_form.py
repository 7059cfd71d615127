"""The short forms: what they ask, what becomes of the answers, what is refused without losing anything."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from devices.models import Device
from techdesk.audit.models import Disclosure
from techdesk.jobs.models import StoredFile
from techdesk.notifications.models import Notification
from tests.factories import (
    CartFactory,
    CategoryFactory,
    DeviceFactory,
    DeviceModelFactory,
    RoomFactory,
    SectionFactory,
    enrol,
    grant,
    person_with,
)
from tests.jobs.pictures import photo_of_a_phone, upload
from tests.tickets.views.pages import EVIL, asked, errors_of, text_of
from tickets.models import Attachment, Ticket

FIELDS = {
    "device": {"what", "affected", "device", "tag", "room", "photo"},
    "board": {"what", "device", "tag", "room", "photo"},
    "internet": {"what", "reach", "room", "photo"},
    "printing": {"what", "tag", "room", "photo"},
    "login": {"what", "affected", "account", "photo"},
    "app": {"what", "address", "photo"},
    "other": {"what", "count", "needed_by", "room", "photo"},
    "lesson-stopped": {"what", "room"},
}


def board(world: Any, tag: str = "IB-0031") -> Device:
    """The board of room 12."""
    category = CategoryFactory(slug="board", name={"en": "Interactive board"}, is_room_equipment=True)
    model = DeviceModelFactory(name="MX065", category=category)
    return DeviceFactory(school=world.school, home_room=world.room, asset_tag=tag, model=model)


@pytest.mark.parametrize("slug", FIELDS)
def test_each_choice_asks_only_what_is_missing(world: Any, signed_in: Any, slug: str) -> None:
    board(world)
    form = signed_in(world.teacher).get(f"/tickets/new/{slug}/").context["form"]
    assert {field.name for field in form.visible_fields()} == FIELDS[slug]
    if "room" in form.fields:
        assert form["room"].value() == "12"


def test_it_opens_the_ticket_and_shows_its_number(world: Any, signed_in: Any) -> None:
    laptop = DeviceFactory(school=world.school, assigned_to=world.teacher, asset_tag="C-0412")
    answer = signed_in(world.teacher).post("/tickets/new/device/", asked(device="C-0412", room="12", affected="none"))
    ticket = Ticket.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/tickets/{ticket.number}/asked/"
    assert (ticket.subject, ticket.description) == (
        "The screen stays black",
        "The screen stays black. It was fine yesterday.",
    )
    assert (ticket.school, ticket.room, ticket.requester, ticket.priority) == (
        world.school, world.room, world.teacher, "normal",
    )  # fmt: skip
    assert ticket.issue_type.slug == "device" and list(ticket.devices.all()) == [laptop]
    assert Notification.objects.get(kind="tickets.opened").recipient == world.technician


def test_a_stopped_lesson_is_urgent(world: Any, signed_in: Any) -> None:
    signed_in(world.teacher).post("/tickets/new/lesson-stopped/", asked(what="Board dark", room="12"))
    ticket = Ticket.objects.get()
    assert (ticket.priority, ticket.issue_type, ticket.room) == ("urgent", None, world.room)
    assert Notification.objects.get(kind="tickets.opened").title == f"Lesson stopped: T-{ticket.number}: Board dark"


def test_answers_without_a_place_of_their_own_stand_below_the_words(world: Any, signed_in: Any) -> None:
    client = signed_in(world.teacher)
    client.post("/tickets/new/other/", asked(what="Cameras", count="2", needed_by="2999-01-31", room="none"))
    ticket = Ticket.objects.get()
    assert ticket.description == "Cameras\n\nHow many: 2\nNeeded by: Thursday, January 31, 2999"
    assert ticket.room is None
    client.post("/tickets/new/app/", asked(what="Blocked", address="padlet.com"))
    client.post("/tickets/new/internet/", asked(what="No Wi-Fi", reach="class", room="12"))
    client.post("/tickets/new/login/", asked(what="Password", account="Canvas", affected="none"))
    texts = [t.description for t in Ticket.objects.order_by("number")[1:]]
    assert texts == [
        "Blocked\n\nApp or address: padlet.com",
        "No Wi-Fi\n\nWho has the problem: My class",
        "Password\n\nAccount or program: Canvas",
    ]


def test_a_teacher_chooses_among_own_things_those_of_the_room_and_carts(world: Any, signed_in: Any) -> None:
    mine = DeviceFactory(school=world.school, assigned_to=world.teacher)
    tablet = DeviceFactory(school=world.school, home_room=world.room)
    cart = CartFactory(school=world.school, responsible=world.teacher)
    DeviceFactory(school=world.school, assigned_to=world.teacher, status="retired")
    DeviceFactory(school=world.school, home_room=RoomFactory(school=world.school))
    wall = board(world)
    client = signed_in(world.teacher)
    offered = [value for value, _label in client.get("/tickets/new/device/").context["form"].fields["device"].choices]
    assert offered == [*sorted([mine.asset_tag, cart.asset_tag]), tablet.asset_tag, "the-students", "none"]
    assert [v for v, _l in client.get("/tickets/new/board/").context["form"].fields["device"].choices] == [
        wall.asset_tag, "none",
    ]  # fmt: skip


def test_a_device_by_the_tag_on_its_sticker(world: Any, signed_in: Any) -> None:
    spare = DeviceFactory(school=world.school, asset_tag="Loan 7/B")
    answer = signed_in(world.teacher).post("/tickets/new/printing/", asked(tag=" loan 7/b ", room="none"))
    assert answer.status_code == 302 and list(Ticket.objects.get().devices.all()) == [spare]


@pytest.mark.parametrize("tag", ["C-9999", "FOREIGN-1", "x' OR 1=1 --", EVIL[:60]])
def test_an_unknown_tag_and_one_of_another_school_are_the_same(world: Any, signed_in: Any, tag: str) -> None:
    DeviceFactory(school=world.elsewhere, asset_tag="FOREIGN-1")
    sent = asked(what="Something long that must not be lost", tag=tag, room="12")
    answer = signed_in(world.teacher).post("/tickets/new/device/", {**sent, "affected": "none", "device": "none"})
    assert answer.status_code == 422 and not Ticket.objects.exists()
    message = errors_of(answer)["tag"].replace("&#x27;", "'")
    assert message.startswith("No device at Lincoln Elementary has the tag") and "leave this empty" in message
    page = answer.content.decode()
    assert "Something long that must not be lost" in page and sent["submission"] in page
    assert "<img src=x" not in page and "<script>alert" not in page


def test_only_students_one_teaches_can_be_named(world: Any, signed_in: Any) -> None:
    other = person_with("student", world.school)
    section = SectionFactory(school=world.school)
    enrol(section, teacher=person_with("teacher", world.school), students=[other])
    client = signed_in(world.teacher)
    page = client.get("/tickets/new/login/")
    names = [label for _value, label in page.context["form"].fields["affected"].choices][1:]
    assert names == ["García-Núñez, Mateo", "Müller, Zoë"]
    shown = Disclosure.objects.get()
    assert (shown.viewer, shown.purpose) == (world.teacher, "ticket form")
    assert set(shown.students) == {student.pk for student in world.students}
    refused = client.post("/tickets/new/login/", asked(affected=other.public_key))
    assert refused.status_code == 422 and "affected" in errors_of(refused)
    assert client.post("/tickets/new/login/", asked(affected=world.students[0].public_key)).status_code == 302
    assert Ticket.objects.get().affected == world.students[0]


def test_the_students_own_device_is_found_by_the_student(world: Any, signed_in: Any) -> None:
    mateo, zoe = world.students
    theirs = DeviceFactory(school=world.school, assigned_to=mateo)
    client = signed_in(world.teacher)
    sent = {"device": "the-students", "room": "12"}
    assert "affected" in errors_of(client.post("/tickets/new/device/", asked(affected="none", **sent)))
    assert "tag" in errors_of(client.post("/tickets/new/device/", asked(affected=zoe.public_key, **sent)))
    assert not Ticket.objects.exists()
    client.post("/tickets/new/device/", asked(affected=mateo.public_key, **sent))
    assert list(Ticket.objects.get().devices.all()) == [theirs]


def test_a_technician_asks_for_a_teacher(world: Any, signed_in: Any) -> None:
    client = signed_in(world.technician)
    sent = asked(requester=world.teacher.email, room="12", reach="me")
    assert client.post("/tickets/new/internet/", sent).status_code == 302
    ticket = Ticket.objects.get()
    assert (ticket.requester, ticket.entered_by) == (world.teacher, world.technician)
    assert list(Notification.objects.values_list("recipient__given_name", flat=True)) == ["Ana"]
    for nobody in ("who@example.org", str(uuid.uuid4()), world.stranger.public_key):
        refused = client.post("/tickets/new/internet/", asked(requester=nobody, room="12", reach="me"))
        assert refused.status_code == 422 and "requester" in errors_of(refused)
    # A teacher's form does not ask, and does not listen.
    signed_in(world.teacher).post("/tickets/new/app/", asked(requester=world.technician.email))
    assert Ticket.objects.order_by("number").last().requester == world.teacher


@pytest.mark.parametrize(
    ("slug", "fields", "wrong"),
    [
        ("app", {"what": ""}, "what"),
        ("app", {"what": " \n\t "}, "what"),
        ("app", {"what": "."}, "what"),
        ("app", {"what": "x" * 1_000_000}, "what"),
        ("app", {"address": "x" * 400}, "address"),
        ("app", {"what": "NUL \x00 inside"}, "what"),
        ("other", {"count": "-3", "room": "none"}, "count"),
        ("other", {"count": "many", "room": "none"}, "count"),
        ("other", {"needed_by": "2001-01-01", "room": "none"}, "needed_by"),
        ("other", {"needed_by": "tomorrow", "room": "none"}, "needed_by"),
        ("other", {"room": "no such room"}, "room"),
        ("internet", {"reach": "everybody", "room": "none"}, "reach"),
        ("app", {"submission": "17"}, "submission"),
    ],
)
def test_bad_answers_are_said_at_their_field(
    world: Any, signed_in: Any, slug: str, fields: dict[str, str], wrong: str
) -> None:
    answer = signed_in(world.teacher).post(f"/tickets/new/{slug}/", asked(**fields))
    assert answer.status_code == 422 and set(errors_of(answer)) == {wrong}
    assert "Please look at this again" in text_of(answer)
    assert not Ticket.objects.exists()


def test_html_in_every_field_is_only_text(world: Any, signed_in: Any) -> None:
    client = signed_in(world.teacher)
    client.post("/tickets/new/app/", asked(what=EVIL, address=EVIL))
    client.post("/tickets/new/login/", asked(what=EVIL, account=EVIL, affected="none"))
    technician = signed_in(world.technician)
    for ticket in Ticket.objects.all():
        assert EVIL in ticket.description
        pages = [client.get(f"/tickets/{ticket.number}/{part}") for part in ("", "asked/", "reply/")]
        pages += [client.get("/tickets/mine/"), client.get("/tickets/new/")]
        pages += [technician.get(f"/tickets/{ticket.number}/"), technician.get("/tickets/")]
        for page in pages:
            html = page.content.decode()
            assert page.status_code == 200 and "alert(1)" in html
            assert "<script>alert" not in html and "<img src=x" not in html


def test_a_form_without_its_token_is_refused(world: Any) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.teacher, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/tickets/new/app/", asked())
    assert answer.status_code == 403 and not Ticket.objects.exists()


def test_the_button_pressed_twice_is_one_ticket(world: Any, signed_in: Any) -> None:
    client, sent = signed_in(world.teacher), asked()
    first = client.post("/tickets/new/app/", sent)
    assert client.post("/tickets/new/app/", sent)["Location"] == first["Location"]
    assert Ticket.objects.count() == 1


def test_a_form_of_no_choice_is_not_found(world: Any, signed_in: Any) -> None:
    world.issue("app")
    client = signed_in(world.teacher)
    assert client.get("/tickets/new/teleport/").status_code == 404
    type(world.issue("app")).objects.update(is_active=False)
    assert client.get("/tickets/new/app/").status_code == 404


# --- the photo -----------------------------------------------------------------------------------------


def test_a_photo_comes_along_without_its_place(world: Any, signed_in: Any) -> None:
    signed_in(world.teacher).post("/tickets/new/app/", asked(photo=upload(photo_of_a_phone())))
    attachment = Attachment.objects.get()
    assert attachment.ticket == Ticket.objects.get() and attachment.message is None
    page = signed_in(world.technician).get(f"/tickets/{attachment.ticket.number}/")
    assert f'src="/files/{attachment.file.key}/"' in page.content.decode()


def test_the_photo_is_kept_while_another_field_is_mended(world: Any, signed_in: Any) -> None:
    client = signed_in(world.teacher)
    sent = asked(tag="C-9999", room="none", affected="none", device="none")
    answer = client.post("/tickets/new/device/", {**sent, "photo": upload(photo_of_a_phone(), "broken.jpg")})
    assert answer.status_code == 422 and "“broken.jpg” is kept" in text_of(answer)
    kept = re.search(r'name="kept_photo" value="([^"]+)"', answer.content.decode())
    assert kept
    again = client.post("/tickets/new/device/", {**sent, "tag": "", "kept_photo": kept.group(1)})
    assert again.status_code == 302
    assert Attachment.objects.get().file.original_name == "broken.jpg" and StoredFile.objects.count() == 1


def test_somebody_elses_kept_photo_is_not_taken(world: Any, signed_in: Any) -> None:
    answer = signed_in(world.teacher).post("/tickets/new/app/", asked(what="", photo=upload(photo_of_a_phone())))
    kept = re.search(r'name="kept_photo" value="([^"]+)"', answer.content.decode())
    assert kept
    grant(world.stranger, "teacher", world.school)
    for token in (kept.group(1), "forged", kept.group(1)[:-1]):
        signed_in(world.stranger).post("/tickets/new/app/", asked(kept_photo=token))
    assert Ticket.objects.count() == 3 and not Attachment.objects.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic", "HEIC"),
        (b"not a picture", "cannot be added"),
        (photo_of_a_phone()[:900], "damaged"),
    ],
)
def test_a_photo_that_cannot_be_read_is_said_at_its_field(
    world: Any, signed_in: Any, content: bytes, words: str
) -> None:
    sent = asked(what="Do not lose this", photo=upload(content))
    answer = signed_in(world.teacher).post("/tickets/new/app/", sent)
    assert answer.status_code == 422 and words in errors_of(answer)["photo"]
    assert "Do not lose this" in text_of(answer)
    assert not Ticket.objects.exists() and not StoredFile.objects.exists()


def test_the_form_keeps_a_draft(world: Any, signed_in: Any) -> None:
    page = signed_in(world.teacher).get("/tickets/new/device/").content.decode()
    assert 'data-draft="ask-device"' in page and 'enctype="multipart/form-data"' in page
    assert 'type="file" name="photo" accept="image/*,.pdf,' in page


@pytest.mark.parametrize("count", [1, 3, 12])
def test_the_form_costs_the_same_for_any_number_of_things(
    world: Any, signed_in: Any, django_assert_num_queries: Any, count: int
) -> None:
    for _n in range(count):
        DeviceFactory(school=world.school, assigned_to=world.teacher)
        enrol(world.section, students=[person_with("student", world.school)])
    client = signed_in(world.teacher)
    client.get("/tickets/new/device/")
    with django_assert_num_queries(11):
        client.get("/tickets/new/device/")
