"""An import is taken back: tables are as they were, save what somebody changed since or what is needed now."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from devices.actions import change_device, check_out
from devices.models import Device, DeviceModel
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.base.errors import NotPossible, Stale
from techdesk.directory.actions import change_person, grant_role, service_person
from techdesk.directory.imports.oneroster import ONEROSTER
from techdesk.directory.models import Enrolment, ExternalId, Person, School, Section
from techdesk.jobs.actions.imports import (
    apply_import,
    begin_apply,
    begin_import,
    begin_undo,
    stage_import,
    stop_apply,
    undo_import,
)
from techdesk.jobs.actions.imports import undo as undoing
from techdesk.jobs.imports.files import InputPath
from techdesk.jobs.imports.lock import one_at_a_time
from techdesk.jobs.imports.touches import watched_tables
from techdesk.jobs.models import ImportRow, ImportRun, ImportTouch
from tests.devices.imports.commands import device, import_devices, page
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, enrolment, good, section, user, without, write
from tests.factories import SchoolFactory, person_with
from tests.jobs.imports.tables import tables


@pytest.fixture(autouse=True)
def actors(db: Any) -> None:
    """Made when they are first asked for: not by the imports that are undone here."""
    for slug in ("roster", "imports"):
        service_person(slug)


def _roster(folder: Path, files: Any, **options: Any) -> ImportRun:
    """Import a roster by the command; the run."""
    code, summary = import_oneroster(write(folder, files), **options)
    assert code == 0, summary["errors"]
    return ImportRun.objects.get(key=summary["imports"][0])


def _undo(run: ImportRun) -> ImportRun:
    return undo_import(actor=service_person("roster"), run=begin_undo(actor=service_person("roster"), run=run))


def _next_year() -> Any:
    """What a second delivery may bring: somebody new, gone, changed; a class that is new and one that lost somebody."""
    files = good()
    files["users"] = [*files["users"], user("new", givenName="New"), user("two", "teacher", givenName="Two")]
    files["classes"] = [*files["classes"], section("c2", title="Homeroom 5C")]
    files["enrollments"] = [
        *files["enrollments"],
        enrolment("e4", "c2", "new"),
        enrolment("e5", "c2", "two", "teacher"),
    ]
    files = changed(files, "users", "zoe", grades="06", givenName="Zoé")
    files = changed(files, "users", "ana", role="administrator")
    files = changed(files, "classes", "c1", title="Homeroom 6B", termSourcedIds="")
    files = changed(files, "enrollments", "e2", classSourcedId="c2")
    files = without(files, "users", "leo")
    return without(files, "enrollments", "e3")


@pytest.mark.django_db(transaction=True)
def test_a_second_roster_is_taken_back_and_the_tables_are_as_they_were(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    before = tables()
    run = _roster(tmp_path / "2", _next_year(), force=True)
    assert tables() != before
    _undo(run)
    assert tables() == before
    assert run.state != "undone"
    run.refresh_from_db()
    assert run.state == "undone" and run.summary["undone"]["refused"] == 0
    assert not ImportTouch.objects.filter(run=run).exists(), "what was there before is not kept for longer than needed"
    assert set(ImportRow.objects.filter(run=run, applied=True).values_list("undone", flat=True)) == {"done"}


@pytest.mark.django_db(transaction=True)
def test_every_change_of_an_undo_is_told(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    zoe = Person.objects.get(username="zoe")
    run = _roster(tmp_path / "2", _next_year(), force=True)
    new = Person.objects.get(username="new")
    imported = Person.objects.get(username="zoe").version
    _undo(run)
    told = ChangeEvent.objects.filter(object_type="people", object_key=new.public_key).latest("pk")
    assert (told.verb, told.version) == ("delete", new.version + 1), "who follows the feed learns that they are gone"
    zoe.refresh_from_db()
    told = ChangeEvent.objects.filter(object_type="people", object_key=zoe.public_key).latest("pk")
    assert zoe.version > imported and (told.verb, told.version) == ("undo_import", zoe.version)
    entry = AuditEntry.objects.filter(object_type="people", object_key=zoe.public_key).latest("pk")
    assert (entry.verb, entry.actor, entry.facts) == (
        "undo_import",
        service_person("roster"),
        {"import": run.public_key},
    )
    leo = Person.objects.get(username="leo")
    assert leo.is_active and leo.deactivated_at is not None, "sessions from before stay dead"


@pytest.mark.django_db(transaction=True)
def test_a_first_roster_leaves_nothing_but_closed_schools(tmp_path: Path) -> None:
    """History names the school, so it cannot go."""
    run = _roster(tmp_path / "1", good())
    _undo(run)
    run.refresh_from_db()
    assert not Person.objects.exclude(kind="service").exists()
    assert not Section.objects.exists() and not Enrolment.objects.exists()
    school = School.objects.get()
    assert not school.is_active
    assert [link.present for link in ExternalId.objects.filter(kind="school")] == [False]
    created = run.summary["done"]["created"]
    assert run.summary["undone"] == {"done": created - 1, "kept": 1, "refused": 0}
    kept = ImportRow.objects.get(run=run, undone="kept")
    assert (kept.key, kept.code) == ("s1", "still_needed") and "switched off" in kept.message
    again = _roster(tmp_path / "1", good())
    school.refresh_from_db()
    assert school.is_active and again.summary["done"]["created"] == created - 1


@pytest.mark.django_db(transaction=True)
def test_what_somebody_changed_since_is_left_as_it_is(tmp_path: Path) -> None:
    admin = person_with("district_admin")
    _roster(tmp_path / "1", good())
    run = _roster(tmp_path / "2", _next_year(), force=True)
    zoe, new = Person.objects.get(username="zoe"), Person.objects.get(username="new")
    change_person(actor=admin, person=zoe, phone="555 0199")
    change_person(actor=admin, person=new, phone="555 0198")
    _undo(run)
    zoe.refresh_from_db()
    new.refresh_from_db()
    assert (zoe.grade, zoe.phone) == ("06", "555 0199")
    assert new.is_active and new.role_assignments.in_force().exists(), "with all that is part of them"
    assert ExternalId.objects.get(kind="person", value="new").present
    assert Person.objects.get(username="leo").is_active, "the others were taken back"
    refused = ImportRow.objects.filter(run=run, undone="refused")
    assert {(row.key, row.code) for row in refused} == {(k, "changed_since_import") for k in ("zoe", "new")}
    assert not Enrolment.objects.filter(person=new).exists(), "an enrolment is a row of its own"


@pytest.mark.django_db(transaction=True)
def test_a_role_given_since_counts_as_a_change(tmp_path: Path) -> None:
    admin = person_with("district_admin")
    _roster(tmp_path / "1", good())
    run = _roster(tmp_path / "2", _next_year(), force=True)
    two = Person.objects.get(username="two")
    grant_role(actor=admin, person=two, role="technician", school=School.objects.get())
    _undo(run)
    two.refresh_from_db()
    assert two.is_active and two.role_assignments.in_force().count() == 2


@pytest.mark.django_db(transaction=True)
def test_who_is_needed_is_switched_off(tmp_path: Path) -> None:
    """Somebody's ticket, custody or deed refers to them, and none of these raises their version."""
    _roster(tmp_path / "1", good())
    run = _roster(tmp_path / "2", _next_year(), force=True)
    two = Person.objects.get(username="two")
    AuditEntry.objects.create(actor=two, verb="sign_in", object_type="people", object_key=two.public_key)
    _undo(run)
    two.refresh_from_db()
    assert not two.is_active
    [role] = two.role_assignments.all()
    assert role.ended_at is not None, "where they were stays known"
    assert not ExternalId.objects.get(kind="person", value="two").present
    row = ImportRow.objects.get(run=run, undone="kept")
    assert (row.key, row.code) == ("two", "still_needed")
    assert AuditEntry.objects.filter(verb="deactivate", object_key=two.public_key).exists()
    _roster(tmp_path / "2", _next_year(), force=True)
    two.refresh_from_db()
    assert two.is_active, "the roster knows them again"


@pytest.mark.django_db(transaction=True)
def test_another_roster_that_knows_somebody_keeps_them(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    files = good()
    files["users"] = [
        *files["users"],
        user("tea", "teacher", email="tea@maple.example", givenName="Tea", familyName="Lind"),
    ]
    run = _roster(tmp_path / "2", files)
    same = {"username": "tea", "identifier": "9tea"}
    other = {
        "orgs": good()["orgs"],
        "academicSessions": good()["academicSessions"],
        "users": [user("tea-2", "teacher", email="tea@maple.example", givenName="Tea", familyName="Lind", **same)],
    }
    _roster(tmp_path / "3", other, source="other-sis")
    assert (
        ExternalId.objects.filter(kind="person", target_id=Person.objects.get(email="tea@maple.example").pk).count()
        == 2
    )
    _undo(run)
    tea = Person.objects.get(email="tea@maple.example")
    assert tea.is_active and tea.role_assignments.in_force().count() == 1
    assert [link.source for link in ExternalId.objects.filter(target_id=tea.pk, present=True)] == ["other-sis"]


@pytest.mark.django_db(transaction=True)
def test_the_newer_import_has_to_be_undone_first(tmp_path: Path) -> None:
    first = _roster(tmp_path / "1", good())
    before = tables()
    older = _roster(tmp_path / "2", changed(good(), "users", "zoe", grades="06"))
    newer = _roster(tmp_path / "3", changed(good(), "users", "zoe", grades="07"))
    assert list(undoing.newer_imports(older)) == [newer] and not list(undoing.newer_imports(newer))
    assert list(undoing.newer_imports(first)) == [older, newer]
    with transaction.atomic():
        assert _undo(older).summary["undone"] == {"done": 0, "kept": 0, "refused": 1}
        assert Person.objects.get(username="zoe").grade == "07"
        transaction.set_rollback(True)
    assert _undo(newer).summary["undone"]["done"] == 1
    assert _undo(ImportRun.objects.get(pk=older.pk)).summary["undone"] == {"done": 1, "kept": 0, "refused": 0}
    assert tables() == before


@pytest.mark.django_db(transaction=True)
def test_devices_are_taken_back_and_what_is_out_stays(tmp_path: Path) -> None:
    lincoln = SchoolFactory(code="LIN")
    admin = person_with("district_admin")
    import_devices(page(tmp_path / "1.json", device("A"), device("B")))
    before = tables()
    _code, summary = import_devices(
        page(tmp_path / "2.json", device("A", osVersion="150"), *(device(f"N{i}", model="Acer C1") for i in range(4)))
    )
    run = ImportRun.objects.get(key=summary["imports"][0])
    with transaction.atomic():
        assert _undo(run).summary["undone"] == {"done": 5, "kept": 0, "refused": 0}
        assert tables() == before
        transaction.set_rollback(True)
    run.refresh_from_db()
    student = person_with("student", lincoln)
    check_out(actor=admin, device=Device.objects.get(serial="N0"), person=student)
    change_device(actor=admin, device=Device.objects.get(serial="N1"), notes="sticker")
    assert _undo(run).summary["undone"] == {"done": 3, "kept": 0, "refused": 2}
    assert set(Device.objects.values_list("serial", flat=True)) == {"A", "B", "N0", "N1"}
    assert DeviceModel.objects.filter(name="C1").exists(), "two devices still are of this model"
    assert Device.objects.get(serial="N0").status == "in_use" or Device.objects.get(serial="N0").custodies.exists()


@pytest.mark.django_db(transaction=True)
def test_a_device_in_a_ticket_is_retired(tmp_path: Path) -> None:
    from tickets.actions import open_ticket

    lincoln = SchoolFactory(code="LIN")
    teacher = person_with("teacher", lincoln)
    _code, summary = import_devices(page(tmp_path / "1.json", device("A"), device("B")))
    run = ImportRun.objects.get(key=summary["imports"][0])
    one = Device.objects.get(serial="A")
    open_ticket(actor=teacher, school=lincoln, subject="No picture", requester=teacher, devices=[one])
    one.refresh_from_db()
    assert _undo(run).summary["undone"] == {"done": 1, "kept": 1, "refused": 0}
    one.refresh_from_db()
    assert one.status == "retired" and not Device.objects.filter(serial="B").exists()


@pytest.mark.django_db
def test_only_what_was_applied_and_only_once(tmp_path: Path) -> None:
    actor = service_person("roster")
    run = begin_import(actor=actor, kind=ONEROSTER, files=[{"name": "r", "size": 0}])
    for check in ("reading", "staged"):
        with pytest.raises(NotPossible) as refusal:
            begin_undo(actor=actor, run=run)
        assert refusal.value.code == "not_ready", check
        if check == "reading":
            stage_import(run=run, inputs=[InputPath.of(write(tmp_path / "r", good()))])
    apply_import(actor=actor, run=begin_apply(actor=actor, run=run))
    with pytest.raises(Stale):
        begin_undo(actor=actor, run=run, version=1)
    _undo(run)
    after = tables()
    for again in (begin_undo, undo_import):
        with pytest.raises(NotPossible) as refusal:
            again(actor=actor, run=run)
        assert refusal.value.code == "not_ready"
    assert tables() == after


@pytest.mark.django_db
def test_what_is_no_longer_remembered_cannot_be_undone(tmp_path: Path) -> None:
    run = _roster(tmp_path / "1", good())
    ImportTouch.objects.all().delete()
    with pytest.raises(NotPossible) as refusal:
        begin_undo(actor=service_person("roster"), run=run)
    assert refusal.value.code == "not_remembered"


@pytest.mark.django_db(transaction=True)
def test_an_import_that_stopped_halfway_is_taken_back(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("techdesk.jobs.actions.imports.apply.BATCH", 3)
    actor = service_person("roster")
    before = tables()
    run = begin_import(actor=actor, kind=ONEROSTER, files=[{"name": "r", "size": 0}])
    stage_import(run=run, inputs=[InputPath.of(write(tmp_path / "r", good()))])
    begin_apply(actor=actor, run=run)
    with pytest.raises(_Stop):
        apply_import(actor=actor, run=run, tell=_stop_at(6))
    stop_apply(run=run, message="stopped")
    assert _undo(run).summary["undone"]["done"] > 0
    after = tables()
    after["directory_school"], after["directory_externalid"] = {}, {}
    before["directory_externalid"] = {}
    assert after == before, "but for the school, which history names"


class _Stop(Exception):
    pass


def _stop_at(count: int) -> Any:
    def tell(done: int, total: int) -> None:
        if done >= count:
            raise _Stop

    return tell


@pytest.mark.django_db(transaction=True)
def test_an_undo_that_broke_off_goes_on(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("techdesk.jobs.actions.imports.apply.BATCH", 2)
    actor = service_person("roster")
    _roster(tmp_path / "1", good())
    before = tables()
    run = _roster(tmp_path / "2", _next_year(), force=True)
    begin_undo(actor=actor, run=run)
    for count in (1, 5, 9):
        with pytest.raises(_Stop):
            undo_import(actor=actor, run=run, tell=_stop_at(count))
    assert ImportTouch.objects.filter(run=run).exclude(verdict="").exists()
    undo_import(actor=actor, run=run)
    assert tables() == before


@pytest.mark.django_db(transaction=True)
def test_two_at_once(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    before = tables()
    run = _roster(tmp_path / "2", _next_year(), force=True)

    def one(_number: int) -> str:
        try:
            _undo(ImportRun.objects.get(pk=run.pk))
            return "done"
        except NotPossible as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(one, range(4))) == ["done", "not_ready", "not_ready", "not_ready"]
    assert tables() == before


@pytest.mark.django_db(transaction=True)
def test_not_while_the_source_is_being_imported(tmp_path: Path) -> None:
    run = _roster(tmp_path / "1", good())
    with ThreadPoolExecutor(1) as threads, one_at_a_time("oneroster", "maple-sis"):

        def elsewhere() -> str:
            try:
                _undo(run)
            except NotPossible as refusal:
                return refusal.code
            finally:
                connection.close()
            return ""

        assert threads.submit(elsewhere).result() == "import_running"


@pytest.mark.django_db
def test_every_table_of_the_register_has_its_trigger() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname LIKE '%import_touch%'")
        assert {table for (table,) in cursor.fetchall()} == set(watched_tables())


@pytest.mark.django_db
def test_nothing_is_remembered_but_for_imports(tmp_path: Path) -> None:
    run = _roster(tmp_path / "1", good())
    count = ImportTouch.objects.count()
    zoe = Person.objects.get(username="zoe")
    change_person(actor=person_with("district_admin"), person=zoe, phone="555")
    assert ImportTouch.objects.count() == count and count > 12
    image = ImportTouch.objects.filter(run=run, table="directory_person", object_id=zoe.pk)[0].after
    assert not {"password", "last_login", "deactivated_at"} & set(image)


def _command(*arguments: str, **options: Any) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("undo_import", *arguments, json=True, stdout=out, **options)
        code = 0
    except SystemExit as stopped:
        code = int(stopped.code or 0)
    return code, json.loads(out.getvalue())


@pytest.mark.django_db(transaction=True)
def test_the_command(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    before = tables()
    run = _roster(tmp_path / "2", _next_year(), force=True)
    imported = tables()
    rows = ImportRow.objects.filter(run=run, applied=True).count()
    code, summary = _command(run.public_key, dry_run=True)
    assert (code, summary["undone"], summary["dry_run"]) == (0, rows, True)
    assert tables() == imported and ImportRun.objects.get(pk=run.pk).state == "applied"
    code, summary = _command(run.public_key)
    assert (code, summary["undone"], summary["refused"], summary["errors"]) == (0, rows, 0, [])
    assert tables() == before
    code, summary = _command(run.public_key)
    assert (code, summary["errors"][0]["code"]) == (2, "not_ready")
    for unknown in ("0190c0de-0000-7000-8000-000000000000", "nothing"):
        code, summary = _command(unknown)
        assert (code, summary["errors"][0]["code"]) == (2, "unknown_import")


@pytest.mark.django_db(transaction=True)
def test_the_command_tells_what_it_left(tmp_path: Path) -> None:
    _roster(tmp_path / "1", good())
    run = _roster(tmp_path / "2", _next_year(), force=True)
    change_person(actor=person_with("district_admin"), person=Person.objects.get(username="zoe"), phone="555")
    code, summary = _command(run.public_key)
    assert (code, summary["refused"], summary["kept"]) == (1, 1, 0)
    [error] = summary["errors"]
    assert (error["file"], error["code"]) == ("users.csv", "changed_since_import")
