"""Opening a ticket: what is written, who is told, what is refused, what happens twice."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import connection

from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import BadInput, NotPossible
from techdesk.notifications.models import Notification
from tests.factories import DeviceFactory, PersonFactory, RoomFactory, SchoolFactory, person_with
from tests.threads import at_once
from tickets.actions import ensure_issue_types, open_ticket
from tickets.models import IssueType, Ticket


def told(kind: str = "") -> dict[str, str]:
    """Who else was told (by name) under which title; that it arrived is tested by itself."""
    rows = Notification.objects.exclude(kind="tickets.received").select_related("recipient").order_by("id")
    return {row.recipient.name: row.title for row in rows if row.kind.endswith(kind)}


def test_it_gets_a_number_and_the_technician_is_told(world: Any) -> None:
    device = DeviceFactory(school=world.school, asset_tag="IB-0031")
    ticket = world.ticket(
        description="Board stays dark. The lamp blinks twice.", room=world.room, devices=[device, device],
        issue_type=world.issue("board"),
    )  # fmt: skip
    kept = Ticket.objects.get(pk=ticket.pk)
    assert kept.number >= 1001 and str(kept) == f"T-{kept.number}"
    assert (kept.status, kept.priority, kept.requester, kept.entered_by) == (
        "new", "normal", world.teacher, world.teacher,
    )  # fmt: skip
    assert list(kept.devices.all()) == [device]
    assert told() == {"Sam Lee": f"T-{kept.number}: Board stays dark"}
    notice = Notification.objects.get(kind="tickets.opened")
    assert "Ana Diaz asks for help at Lincoln Elementary, Room 12." in notice.words
    assert "IB-0031" in notice.words and "The lamp blinks twice." in notice.words
    assert notice.path == f"/tickets/{kept.number}/" and notice.thread == f"ticket-{kept.number}"
    assert notice.deliveries.get().address == world.technician.email


def test_history_and_the_change_feed_know_of_it(world: Any) -> None:
    ticket = world.ticket(requester=None)
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object_key, entry.actor, entry.school) == (
        "open", str(ticket.number), world.teacher, world.school,
    )  # fmt: skip
    assert ChangeEvent.objects.get().version == 1


def test_a_stopped_lesson_says_so_in_the_title(world: Any) -> None:
    ticket = world.ticket(priority="urgent")
    assert told() == {"Sam Lee": f"Lesson stopped: T-{ticket.number}: Board stays dark"}


def test_without_a_technician_of_its_own_the_district_is_told(world: Any) -> None:
    person_with("district_technician", given_name="Kim", family_name="Ito")
    world.ticket()
    assert set(told()) == {"Sam Lee"}
    lonely = SchoolFactory()
    open_ticket(actor=world.teacher, school=lonely, subject="No Wi-Fi")
    assert set(told()) == {"Sam Lee", "Kim Ito"}


def test_the_one_who_asks_is_not_told_by_mail_but_the_one_asked_for_is(world: Any) -> None:
    ticket = world.ticket(actor=world.technician, requester=world.teacher)
    assert told() == {"Ana Diaz": f"T-{ticket.number}: Board stays dark"}
    assert AuditEntry.objects.get().facts["requester"] == world.teacher.public_key


@pytest.mark.parametrize(
    "subject",
    [
        "Mateo's screen is cracked",
        "screen of GARCIA-NUNEZ cracked",
        "Zoë Müller cannot log in",
        "zoe muller: no sound",
    ],
)
def test_a_students_name_never_stands_in_a_mail_subject(world: Any, subject: str) -> None:
    ticket = world.ticket(subject, affected=world.students[0], issue_type=world.issue("device"))
    assert ticket.subject == subject
    assert told() == {"Sam Lee": f"T-{ticket.number}: Chromebook or tablet"}


def test_a_common_word_that_is_also_a_name_does_not_hide_the_subject(world: Any) -> None:
    ticket = world.ticket("Zoë's screen", affected=None)
    # Only the given name of a student it is not said to be about: might be any word.
    assert told() == {"Sam Lee": f"T-{ticket.number}: Zoë's screen"}


def test_a_student_who_asks_is_not_named_in_the_mail(world: Any) -> None:
    ticket = world.ticket("Mateo needs a charger", actor=world.students[0])
    assert told() == {"Sam Lee": f"T-{ticket.number}: Help request"}
    assert Notification.objects.get(kind="tickets.opened").body.startswith("A student asks for help")


def test_each_is_told_in_their_own_language(world: Any) -> None:
    world.technician.language = "es"
    world.technician.save()
    ticket = world.ticket("Mateo's screen", affected=world.students[0], issue_type=world.issue("device"))
    assert told() == {"Sam Lee": f"T-{ticket.number}: Chromebook o tableta"}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"subject": "  \n "}, "empty_text"),
        ({"subject": "x" * 201}, "too_long"),
        ({"subject": "x" * 1_000_000}, "too_long"),
        ({"description": "x" * 1_000_000}, "too_long"),
        ({"priority": "panic"}, "unknown_priority"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_written(world: Any, facts: dict[str, Any], code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        open_ticket(actor=world.teacher, school=world.school, **{"subject": "Board", **facts})
    assert refusal.value.code == code and refusal.value.errors
    assert not Ticket.objects.exists() and not Notification.objects.exists()


def test_a_room_of_another_school_is_refused(world: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        world.ticket(room=RoomFactory(school=world.elsewhere))
    assert refusal.value.code == "room_elsewhere"


def test_somebody_who_left_cannot_ask_or_be_asked_for(world: Any) -> None:
    gone = PersonFactory(is_active=False)
    for facts in ({"requester": gone}, {"affected": gone}):
        with pytest.raises(NotPossible) as refusal:
            world.ticket(**facts)
        assert refusal.value.code == "person_inactive"


def test_control_characters_do_not_reach_the_database(world: Any) -> None:
    ticket = world.ticket("Board\x00 stays\n dark", description="one\x00\r\ntwo")
    assert ticket.subject == "Board stays dark"
    assert ticket.description == "one\ntwo"


def test_the_same_form_twice_is_one_ticket(world: Any) -> None:
    form = uuid.uuid4()
    first = world.ticket(submission=form)
    assert world.ticket("Another text", submission=form) == first
    assert Ticket.objects.count() == 1 and Notification.objects.count() == 2
    with pytest.raises(BadInput) as refusal:
        world.ticket(actor=world.stranger, submission=form)
    assert refusal.value.code == "submission_used"


@pytest.mark.django_db(transaction=True)
def test_the_same_form_at_the_same_moment_is_one_ticket(world: Any) -> None:
    form = uuid.uuid4()
    results = at_once(6, lambda n: world.ticket(submission=form).number)
    assert len(set(results)) == 1, results
    assert Ticket.objects.count() == 1 and Notification.objects.count() == 2 and AuditEntry.objects.count() == 1


def test_the_seven_choices_are_there_and_edits_stay(db: None) -> None:
    assert [issue.slug for issue in IssueType.objects.offered()] == [
        "device", "board", "internet", "printing", "login", "app", "other",
    ]  # fmt: skip
    IssueType.objects.filter(slug="app").update(name={"en": "Apps"})
    ensure_issue_types()
    assert IssueType.objects.count() == 7
    assert str(IssueType.objects.get(slug="app")) == "Apps"
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_issuetype WHERE name->>'es' <> ''")
        assert cursor.fetchone()[0] == 6


def test_the_requester_has_one_mail_that_it_arrived_and_answers_come_in_its_thread(world: Any) -> None:
    ticket = world.ticket(subject="Board stays dark", description="The lamp blinks twice.")
    received = Notification.objects.get(kind="tickets.received")
    assert received.recipient == world.teacher
    assert received.title == f"T-{ticket.number}: Board stays dark"
    assert "The lamp blinks twice." in received.words
    assert received.thread == ticket.thread and received.path == ticket.get_absolute_url()
    assert received.deliveries.get().address == world.teacher.email
