"""The two questions of the door, "which ones" and "this one", never disagree; and a table of who reaches what."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Model

from devices.models import Custody, Device
from techdesk.api.models import ApiToken
from techdesk.base.policy import DISTRICT_ROLES, ROLES, matrix, may, permitted, reaches
from techdesk.directory.actions import create_token
from techdesk.directory.models import Person, Room, School, Section, YearChange
from techdesk.jobs.actions import start_run, store_picture
from techdesk.jobs.models import ImportRun, JobRun, StoredFile
from techdesk.notifications.models import Delivery, Notification, WebhookTarget
from tests.architecture.places import picture
from tests.factories import (
    DeviceFactory,
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    StudentFactory,
    enrol,
    grant,
    person_with,
)
from tickets.actions import add_message, open_ticket
from tickets.models import Attachment, IssueType, Message, Ticket

#: Which actions ask about rows of which model.
ACTIONS_OF: dict[type[Model], list[str]] = {
    School: ["directory.view_school", "directory.add_person", "directory.change_calendar"]
    + ["directory.change_settings", "directory.change_school"],
    Room: ["directory.view_room", "directory.change_room"],
    Person: ["directory.view_person", "directory.view_identifier", "directory.list_people", "directory.invite"]
    + ["directory.change_person", "directory.deactivate_person", "directory.end_sessions"]
    + ["directory.reset_second_factor"],
    Section: ["directory.view_section"],
    Device: [a for a in matrix() if a.startswith("devices.") and a not in {"devices.view_custody", "devices.import"}],
    Custody: ["devices.view_custody"],
    Ticket: [
        a
        for a in matrix()
        if a.startswith("tickets.") and a not in {"tickets.open", "tickets.view_message", "tickets.view_attachment"}
    ],
    Message: ["tickets.view_message"],
    Attachment: ["tickets.view_attachment"],
    StoredFile: ["jobs.view_file"],
    JobRun: ["jobs.view_run"],
    ApiToken: ["directory.view_token", "directory.revoke_token", "directory.list_tokens"],
    YearChange: ["directory.change_year"],
    ImportRun: ["jobs.view_import", "jobs.apply_import", "jobs.undo_import"],
    Notification: ["notifications.read"],
    Delivery: ["notifications.view_deliveries", "notifications.resend", "notifications.print_slips"],
    WebhookTarget: ["notifications.change_webhooks"],
}
#: Actions that ask about no row, only about a school or about anybody at all.
OF_NO_ROW = {
    "api.read_schema",
    "audit.follow_changes",
    "devices.import",
    "directory.change_district_calendar",
    "directory.change_district_settings",
    "directory.change_own_settings",
    "directory.change_security",
    "directory.end_own_sessions",
    "directory.create_lasting_token",
    "directory.create_token",
    "directory.grant_role",
    "directory.import_people",
    "directory.import_roster",
    "notifications.change_own",
    "notifications.view_demo_mail",
    "tickets.open",
}


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """Two schools, each with a room, a teacher with a section of two students, devices in several hands, a ticket with
    a picture, a public and an internal message, and an import."""
    made: dict[str, Any] = {"schools": [], "people": []}
    for _n in range(2):
        school = SchoolFactory()
        room = RoomFactory(school=school)
        teacher = person_with("teacher", school, default_room=room)
        students = [person_with("student", school) for _ in range(2)]
        section = SectionFactory(school=school, room=room)
        enrol(section, teacher=teacher, students=students)
        DeviceFactory(school=school, home_room=room)
        DeviceFactory(school=school, assigned_to=students[0])
        DeviceFactory(school=school, responsible=teacher, slot_count=30)
        held = DeviceFactory(school=school, status="in_use")
        Custody.objects.create(device=held, school=school, holder_type="person", person=students[1], out_by=teacher)
        technician = person_with("technician", school)
        _ask(school, teacher, technician)
        run = start_run(actor=technician, kind="import", title="Reading")
        ImportRun.objects.create(
            kind="google_devices", source="google", title="Import", school=school, owner=technician, job_run=run
        )
        YearChange.objects.create(owner=technician, state="dropped")
        create_token(actor=technician, owner=technician, name="Reading", scope="read")
        WebhookTarget.objects.create(school=school, name="Technicians", kind="google_chat", sealed_url="-")
        made["schools"].append(school)
        made["people"] += [teacher, *students]
    return made


def _ask(school: School, teacher: Any, technician: Any) -> None:
    ticket = open_ticket(
        actor=teacher,
        school=school,
        subject="Board stays dark",
        description="",
        issue_type=IssueType.objects.offered()[0],
        pictures=[store_picture(actor=teacher, upload=picture())],
    )
    inside = [store_picture(actor=technician, upload=picture())]
    add_message(actor=technician, ticket=ticket, body="Is the cable in?")
    add_message(actor=technician, ticket=ticket, body="Third time.", is_internal=True, pictures=inside)


def _viewers(world: dict[str, Any]) -> list[Any]:
    viewers = [*world["people"], PersonFactory(), PersonFactory(is_active=False), StudentFactory()]
    for role in ROLES:
        if role in DISTRICT_ROLES:
            viewers.append(person_with(role))
            continue
        viewers += [person_with(role, school) for school in world["schools"]]
    everywhere = person_with("technician")
    narrowed = Person.objects.get(pk=everywhere.pk)
    narrowed.narrow_to(world["schools"][0].pk)
    two_hats = person_with("teacher", world["schools"][0])
    grant(two_hats, "librarian", world["schools"][1])
    return [*viewers, everywhere, narrowed, two_hats]


def test_every_model_behind_the_door_and_every_action_is_compared() -> None:
    assert set(ACTIONS_OF) == set(reaches())
    compared = {action for actions in ACTIONS_OF.values() for action in actions}
    assert compared | OF_NO_ROW == set(matrix())
    assert not compared & OF_NO_ROW


def test_which_ones_and_this_one_agree_for_every_action_role_and_school(world: dict[str, Any]) -> None:
    compared = 0
    for viewer in _viewers(world):
        for model, actions in ACTIONS_OF.items():
            assert model._default_manager.exists(), model
            for action in actions:
                rows = {row.pk for row in permitted(viewer, action, model._default_manager.all())}
                for thing in model._default_manager.all():
                    assert may(viewer, action, thing) == (thing.pk in rows), (viewer, action, thing)
                    compared += 1
    assert compared > 1000


def test_somebody_without_a_role_sees_only_what_is_their_own(world: dict[str, Any]) -> None:
    stranger = PersonFactory()
    assert list(permitted(stranger, "directory.view_person", Person.objects.all())) == [stranger]
    for model in (School, Room, Section, Device, Custody):
        assert not model._default_manager.all().visible_to(stranger).exists()


def test_a_token_for_one_school_never_reaches_another(world: dict[str, Any]) -> None:
    first, second = world["schools"]
    admin = person_with("district_admin")
    assert Device.objects.visible_to(admin).count() == 8
    admin.narrow_to(second.pk)
    assert {device.school_id for device in Device.objects.visible_to(admin)} == {second.pk}
    assert may(admin, "devices.import", school_id=second.pk)
    assert not may(admin, "devices.import", school_id=first.pk)
    teacher = Person.objects.get(pk=world["people"][0].pk)
    teacher.narrow_to(second.pk)
    assert not Device.objects.visible_to(teacher).exists()


def test_a_teacher_reaches_the_devices_of_her_students_and_nobody_elses(world: dict[str, Any]) -> None:
    teacher = world["people"][0]
    seen = Device.objects.visible_to(teacher)
    assert seen.count() == 4
    assert {device.school_id for device in seen} == {world["schools"][0].pk}
    assert not may(teacher, "devices.check_out")
