"""check_invariants finds what breaks a promise, and nothing in districts that keep all of them."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from devices.actions import check_in, check_out
from techdesk.audit.actions import number_changes
from techdesk.base.clock import now
from techdesk.base.invariants import all_invariants, ask, broken, invariant
from techdesk.directory.actions import create_token
from techdesk.directory.models import (
    BellPeriod,
    BellSchedule,
    CalendarFeed,
    District,
    ExternalId,
    Guardianship,
    ScheduleDay,
    SchoolYear,
    Section,
    SettingValue,
    Term,
    YearChange,
)
from techdesk.jobs.models import ImportRow, ImportRun, Job, JobRun, StoredFile
from techdesk.notifications.models import Delivery
from techdesk.site.demo.load import load_demo
from techdesk.site.seed.load import seed_district
from techdesk.site.seed.plan import Sizes
from tests.factories import (
    CartFactory,
    DeviceFactory,
    PersonFactory,
    RoomFactory,
    SchoolFactory,
    SectionFactory,
    enrol,
    grant,
    person_with,
)
from tickets.actions import add_message, assign_ticket, close_ticket, open_ticket, resolve_ticket, wait_ticket
from tickets.models import Attachment

YESTERDAY = "now() - interval '30 hours'"
EVENT = """
    INSERT INTO audit_changeevent (object_type, object_key, version, verb, schools, at)
    SELECT '{resource}', {key}, version + 1, 'change', '{{}}', clock_timestamp() FROM {table} ORDER BY id LIMIT 1
"""
KEYED = {
    "tokens": "api_apitoken",
    "imports": "jobs_importrun",
    "people": "directory_person",
    "sections": "directory_section",
    "year-changes": "directory_yearchange",
    "calendar_feeds": "directory_calendarfeed",
    "device-models": "devices_devicemodel",
}
TARGETS = ("district", "school", "person", "section", "enrolment", "year", "term", "device")

#: How each promise is broken: SQL on the scene below, where rows are known by what they are called.
BREAKS: dict[str, str] = {
    "audit.numbers_without_gaps": "UPDATE audit_changeevent SET number = number + 100 WHERE number > 2",
    "audit.numbered_in_time": f"UPDATE audit_changeevent SET number = NULL, at = {YESTERDAY}",
    "audit.disclosed_somebody": """
        INSERT INTO audit_disclosure (at, viewer_id, channel, purpose, students, request_id)
        SELECT now(), id, 'page', 'person', '{}', '' FROM directory_person LIMIT 1""",
    "api.answered": """
        INSERT INTO api_idempotentrequest (person_id, method, path, key, body_hash, at, status, content_type, headers,
            answer, sight, students)
        SELECT id, 'POST', '/api/v1/tickets/', 'k', '', now(), 0, '', '{}', '', '{}', '{}' FROM directory_person
        LIMIT 1""",
    "jobs.done_has_its_moment": "UPDATE jobs_job SET state = 'done'",
    "jobs.no_forgotten_lease": f"UPDATE jobs_job SET lease_until = {YESTERDAY}",
    "jobs.lease_only_while_waiting": "UPDATE jobs_job SET state = 'dead', lease_until = now()",
    "jobs.run_ended_has_its_moment": "UPDATE jobs_jobrun SET state = 'failed', finished_at = NULL",
    "imports.applied_row_has_target": "UPDATE jobs_importrow SET target_id = NULL",
    "imports.applied_has_its_moment": "UPDATE jobs_importrun SET applied_at = NULL",
    "imports.undone_only_what_was_applied": "UPDATE jobs_importrow SET undone = 'done', applied = false",
    "files.not_empty": """
        ALTER TABLE jobs_storedfile DROP CONSTRAINT jobs_storedfile_not_empty; UPDATE jobs_storedfile SET size = 0""",
    "files.have_their_hash": "UPDATE jobs_storedfile SET sha256 = 'abc'",
    "notifications.sent_has_its_moment": "UPDATE notifications_delivery SET state = 'sent', sent_at = NULL",
    "notifications.no_forgotten_lease": f"UPDATE notifications_delivery SET lease_until = {YESTERDAY}",
    "notifications.what_travels_shares_its_end": """
        UPDATE notifications_delivery SET state = 'sent', sent_at = now() WHERE carrier_id IS NULL""",
    "notifications.carrier_travels_itself": """
        UPDATE notifications_delivery SET carrier_id = (
            SELECT max(id) FROM notifications_delivery WHERE carrier_id IS NOT NULL)
        WHERE id = (SELECT max(carrier_id) FROM notifications_delivery)""",
    "notifications.same_recipient_as_its_carrier": """
        UPDATE notifications_delivery SET recipient_id = (SELECT max(id) FROM directory_person)
        WHERE carrier_id IS NOT NULL""",
    "notifications.about_something": "UPDATE notifications_delivery SET notification_id = NULL",
    "notifications.printed_by_somebody": "UPDATE notifications_delivery SET printed_by_id = recipient_id",
    "notifications.contacts_have_no_login": """
        UPDATE notifications_notification SET student_id = recipient_id, path = '/'""",
    "directory.one_district": """
        ALTER TABLE directory_district DROP CONSTRAINT directory_district_one_row;
        INSERT INTO directory_district (version, created_at, updated_at, "only", name, is_demo)
        VALUES (1, now(), now(), false, 'Another one', false)""",
    "directory.external_ids_are_of_known_kinds": "UPDATE directory_externalid SET kind = 'printer' WHERE kind = 'term'",
    "directory.people_can_be_found": "UPDATE directory_person SET sort_name = ''",
    "directory.off_since_when": "UPDATE directory_person SET is_active = false, deactivated_at = NULL",
    "directory.service_people_do_not_sign_in": "UPDATE directory_person SET kind = 'guardian'",
    "directory.roles_fit_the_kind": "UPDATE directory_roleassignment SET role = 'technician'",
    "directory.roles_end_after_they_begin": "UPDATE directory_roleassignment SET ended_at = granted_at - interval '1s'",
    "directory.guardians_look_after_students": """
        UPDATE directory_guardianship SET student_id = guardian_id, guardian_id = student_id""",
    "directory.enrolled_as_what_they_are": "UPDATE directory_enrolment SET role = 'teacher' WHERE role = 'student'",
    "directory.terms_of_the_sections_year": """
        INSERT INTO directory_schoolyear (name, starts_on, ends_on) VALUES ('Later', '2030-08-01', '2031-06-01');
        UPDATE directory_term SET year_id = (SELECT max(id) FROM directory_schoolyear)""",
    "directory.rooms_of_the_sections_school": """
        UPDATE directory_section SET room_id = (SELECT id FROM directory_room WHERE code = 'ELSEWHERE')""",
    "directory.periods_do_not_overlap": "UPDATE directory_bellperiod SET ends_at = '10:30' WHERE position = 1",
    "directory.schedules_of_their_own_school": """
        UPDATE directory_scheduleday SET school_id = (SELECT max(id) FROM directory_school)""",
    "directory.settings_are_declared": "UPDATE directory_settingvalue SET name = 'feature_nobody_knows'",
    "directory.year_change_applied_has_its_moment": "UPDATE directory_yearchange SET state = 'applied'",
    "schools.feed_not_ahead": EVENT.format(resource="schools", key="code", table="directory_school"),
    "rooms.feed_not_ahead": EVENT.format(
        resource="rooms",
        key="(SELECT s.code FROM directory_school AS s WHERE s.id = school_id) || '/' || code",
        table="directory_room",
    ),
    "devices.feed_not_ahead": EVENT.format(resource="devices", key="asset_tag", table="devices_device"),
    "tickets.feed_not_ahead": EVENT.format(resource="tickets", key="number", table="tickets_ticket"),
    **{
        f"{resource}.feed_not_ahead": EVENT.format(resource=resource, key="key", table=table)
        for resource, table in KEYED.items()
    },
    **{
        f"directory.external_ids_lead_to_{kind}": f"""
            UPDATE directory_externalid SET target_id = 987654321 WHERE kind = '{kind}'"""
        for kind in TARGETS
    },
    "devices.out_is_in_use": "UPDATE devices_device SET status = 'retired' WHERE asset_tag = 'OUT'",
    "devices.out_once": """
        DROP INDEX devices_custody_one_open; UPDATE devices_custody SET in_at = NULL""",
    "devices.out_one_after_the_other": """
        UPDATE devices_custody SET out_at = out_at - interval '1 hour' WHERE in_at IS NULL""",
    "devices.slots_of_carts": "UPDATE devices_device SET slot_count = 1 WHERE asset_tag = 'CART'",
    "devices.slots_taken_once": "DROP INDEX devices_device_cart_slot; UPDATE devices_device SET home_slot = 2"
    " WHERE home_cart_id IS NOT NULL",
    "devices.homes_at_the_same_school": """
        UPDATE devices_device SET school_id = (SELECT max(id) FROM directory_school) WHERE home_cart_id IS NOT NULL""",
    "devices.gone_has_no_home": "UPDATE devices_device SET status = 'disposed' WHERE home_cart_id IS NOT NULL",
    "devices.same_maker_as_its_model": """
        INSERT INTO devices_manufacturer (name) VALUES ('Another');
        UPDATE devices_device SET manufacturer_id = (SELECT max(id) FROM devices_manufacturer)""",
    "devices.can_be_found": "UPDATE devices_device SET search_text = ''",
    "devices.came_back_to_somebody": "UPDATE devices_custody SET in_by_id = NULL",
    "tickets.new_is_nobodys": "UPDATE tickets_ticket SET assignee_id = requester_id WHERE status = 'new'",
    "tickets.resolved_since_when": "UPDATE tickets_ticket SET resolved_at = now() WHERE status = 'new'",
    "tickets.closed_since_when": "UPDATE tickets_ticket SET closed_at = NULL",
    "tickets.waits_for_something": "UPDATE tickets_ticket SET waiting_for = ''",
    # Not by setval(): a sequence keeps what a test did to it.
    "tickets.numbers_are_from_the_sequence": (
        "UPDATE tickets_ticket SET number = (SELECT last_value + 1000 FROM tickets_number_seq)"
        " WHERE id = (SELECT min(id) FROM tickets_ticket)"
    ),
    "tickets.can_be_found": "UPDATE tickets_ticket SET search_text = ''",
    "tickets.rooms_of_their_school": """
        UPDATE tickets_ticket SET room_id = (SELECT id FROM directory_room WHERE code = 'ELSEWHERE')""",
    "tickets.pictures_of_their_message": """
        UPDATE tickets_attachment SET ticket_id = (SELECT max(id) FROM tickets_ticket)""",
    "tickets.somebody_is_called_in_time": """
        INSERT INTO tickets_urgentalert (ticket_id, created_at, next_at)
        SELECT min(id), now(), now() - interval '1 day' FROM tickets_ticket""",
    "tickets.called_in_order": """
        WITH alert AS (
            INSERT INTO tickets_urgentalert (ticket_id, created_at) SELECT min(id), now() FROM tickets_ticket
            RETURNING id)
        INSERT INTO tickets_urgentcall (alert_id, person_id, place, told_at)
        SELECT alert.id, person.id, person.place, now() - person.place * interval '1 hour' FROM alert,
            (SELECT id, row_number() OVER (ORDER BY id) AS place FROM directory_person) AS person""",
}


@pytest.fixture
def scene(db: Any) -> None:
    """A little of everything, with every promise kept."""
    District.objects.create(name="District")
    school, elsewhere = SchoolFactory(), SchoolFactory()
    room = RoomFactory(school=school)
    RoomFactory(school=elsewhere, code="ELSEWHERE")
    technician, teacher = person_with("technician", school), person_with("teacher", school)
    student, parent = person_with("student", school), PersonFactory(kind="guardian", email=None)
    parent.password = ""
    parent.save()
    grant(parent, "guardian", school)
    Guardianship.objects.create(student=student, guardian=parent)

    year = SchoolYear.objects.create(name="2026-27", starts_on=dt.date(2026, 8, 1), ends_on=dt.date(2027, 6, 1))
    term = Term.objects.create(year=year, name="Fall", starts_on=year.starts_on, ends_on=dt.date(2026, 12, 20))
    section: Section = SectionFactory(school=school, year=year, room=room)
    section.terms.add(term)
    enrol(section, teacher=teacher, students=[student])
    schedule = BellSchedule.objects.create(school=school, name="Regular", is_default=True)
    for position in (1, 2):
        hours = {"starts_at": dt.time(8 + position), "ends_at": dt.time(9 + position)}
        BellPeriod.objects.create(schedule=schedule, position=position, name=f"{position}", **hours)
    ScheduleDay.objects.create(school=school, on=dt.date(2026, 10, 7), schedule=schedule)
    SettingValue.objects.create(school=None, name="technicians", value=3)
    YearChange.objects.create(owner=technician)
    CalendarFeed.objects.create(person=teacher, school=school, token_hash="h")
    create_token(actor=teacher, owner=teacher, name="script", scope="read")

    cart = CartFactory(school=school, asset_tag="CART")
    for slot in (1, 2):
        DeviceFactory(school=school, home_cart=cart, home_slot=slot)
    device = DeviceFactory(school=school, asset_tag="OUT")
    check_out(actor=technician, device=device, person=student)
    check_in(actor=technician, device=device)
    check_out(actor=technician, device=device, person=student)

    new = open_ticket(actor=teacher, school=school, subject="Board stays dark")
    solved = open_ticket(actor=teacher, school=school, subject="No sound")
    assign_ticket(actor=technician, ticket=solved, assignee=technician)
    message = add_message(actor=technician, ticket=solved, body="I am on my way.")
    add_message(actor=technician, ticket=solved, body="Nearly there.")
    solved = resolve_ticket(actor=technician, ticket=solved, resolution="Plugged it in.")
    close_ticket(actor=technician, ticket=solved)
    wait_ticket(actor=technician, ticket=open_ticket(actor=teacher, school=school, subject="Lamp"), waiting_for="parts")
    first, second = Delivery.objects.filter(recipient=teacher).order_by("id")[:2]
    Delivery.objects.filter(pk=second.pk).update(carrier=first)
    facts = {"original_name": "a.png", "content_type": "image/png", "size": 3, "sha256": "0" * 64}
    file = StoredFile.objects.create(path="ab/cd", uploaded_by=technician, **facts)
    Attachment.objects.create(ticket=solved, message=message, file=file)
    assert new.status == "new"

    Job.objects.create(kind="jobs.apply_import")
    run = JobRun.objects.create(kind="import", title="Roster", owner=technician, state="done", finished_at=now())
    source = {"kind": "oneroster", "source": "sis", "title": "Roster", "owner": technician, "job_run": run}
    imported = ImportRun.objects.create(state="applied", applied_at=now(), **source)
    row = {"part": "users", "file": "users.csv", "number": 2, "verdict": "create", "applied": True}
    ImportRow.objects.create(run=imported, target_id=student.pk, **row)
    things = (District.objects.get(), school, student, section, section.enrolments.first(), year, term, device)
    for kind, thing in zip(TARGETS, things, strict=True):
        ExternalId.objects.create(source="sis", kind=kind, value=f"{kind}-1", target_id=thing.pk)
    number_changes()


def test_the_scene_keeps_every_promise(scene: None) -> None:
    assert list(broken()) == []


def test_each_promise_has_a_way_to_break_it() -> None:
    assert {one.name for one in all_invariants()} == set(BREAKS)


@pytest.mark.parametrize("name", sorted(BREAKS))
def test_what_breaks_it_is_found(scene: None, name: str) -> None:
    one = next(one for one in all_invariants() if one.name == name)
    assert ask(one) is None
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks still to come cannot be altered
        cursor.execute(BREAKS[name])
    found = ask(one)
    assert found is not None and found.keys and all(found.keys), name
    assert found.invariant.why


@pytest.mark.django_db
def test_the_demo_district_is_clean() -> None:
    load_demo()
    number_changes()
    assert list(broken()) == []


@pytest.mark.django_db
def test_a_seeded_district_is_clean() -> None:
    seed_district(Sizes(schools=2, students=300, devices=200, tickets=100))
    assert list(broken()) == []


def test_the_command_lists_at_most_so_many_and_ends_with_one(scene: None) -> None:
    for _ in range(25):
        Job.objects.create(kind="mail", state="done")
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("check_invariants", "--json", stdout=out)
    assert ended.value.code == 1
    told = json.loads(out.getvalue())
    assert told["checked"] == len(all_invariants())
    assert [one["name"] for one in told["broken"]] == ["jobs.done_has_its_moment"]
    assert len(told["broken"][0]["keys"]) == 20 and told["broken"][0]["more"] is True

    Job.objects.all().delete()
    out = io.StringIO()
    call_command("check_invariants", stdout=out)
    assert "0 broken" in out.getvalue()


def test_asking_changes_nothing_and_a_name_is_declared_once(scene: None) -> None:
    with pytest.raises(ValueError, match="declared twice"):
        invariant("files.not_empty", "SELECT 1", "another one")
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        before = cursor.fetchone()
        list(broken())
        cursor.execute("SHOW transaction_read_only")
        assert cursor.fetchone() == before == ("off",)


def test_the_nightly_question_logs_each_broken_promise(scene: None, caplog: Any) -> None:
    from techdesk.site.tasks import check_invariants_task

    check_invariants_task()
    assert "promise_broken" not in caplog.text
    Job.objects.create(kind="mail", state="done")
    check_invariants_task()
    assert "promise_broken" in caplog.text and "jobs.done_has_its_moment" in caplog.text
