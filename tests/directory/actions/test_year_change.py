"""August, end to end: the roster of the new year, who moves and who leaves, rooms and carts, applied once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

import techdesk.directory.tasks
import techdesk.jobs.tasks  # noqa: F401 - declares the jobs, as a worker does
from devices.actions import check_out
from devices.models import Device
from techdesk.audit.models import AuditEntry
from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.directory.actions import year_change as actions
from techdesk.directory.models import Person, School, SchoolYear, YearChange
from techdesk.directory.queries.year_change import Movement, movements, year_facts
from techdesk.jobs.actions import drain, drain_slow
from techdesk.jobs.models import ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import enrolment, org, pack, section, user, write
from tests.factories import CartFactory, DeviceFactory, person_with

NEW = reverse("directory:new-year")


def before() -> dict[str, Any]:
    """Two schools; Ana in room 104 and Ben in 105; four students, Sam in the last grade."""
    return {
        "orgs": [
            org("d1", "Maple", "district"),
            org("s1", "Lincoln", identifier="LIN", parentSourcedId="d1"),
            org("s2", "Roosevelt", identifier="ROO", parentSourcedId="d1"),
        ],
        "academicSessions": [year("2026")],
        "users": [
            user("ana", "teacher", givenName="Ana", familyName="Diaz", email="ana@maple.example"),
            user("ben", "teacher", givenName="Ben", familyName="Okafor", email="ben@maple.example"),
            *(user(name, grades="04") for name in ("zoe", "leo")),
            *(user(name, grades="05") for name in ("sam", "kim")),
        ],
        "courses": [],
        "classes": [section("a26", "4A", location="104", termSourcedIds="y2026"), section("b26", "5B", location="105")],
        "enrollments": [
            enrolment("e1", "a26", "ana", "teacher"),
            enrolment("e2", "b26", "ben", "teacher"),
            enrolment("e3", "a26", "zoe"),
        ],
    }


def after() -> dict[str, Any]:
    """Zoe is promoted, Leo moves to Roosevelt, Kim stays, Sam has left, Eve is new; Ana now in 207."""
    files = before()
    files["academicSessions"] = [year("2026"), year("2027")]
    files["users"] = [
        *files["users"][:2],
        user("zoe", grades="05"),
        user("leo", grades="05", orgSourcedIds="s2"),
        user("kim", grades="05"),
        user("eve", grades="04"),
    ]
    files["classes"] = [section("a27", "5A", location="207"), section("b27", "4B", location="105")]
    files["enrollments"] = [
        enrolment("f1", "a27", "ana", "teacher"),
        enrolment("f2", "b27", "ben", "teacher"),
        enrolment("f3", "a27", "zoe"),
    ]
    return files


def year(first: str) -> dict[str, str]:
    ends = str(int(first) + 1)
    return {
        "sourcedId": f"y{first}",
        "title": f"{first}-{ends}",
        "type": "schoolYear",
        "startDate": f"{first}-08-10",
        "endDate": f"{ends}-06-30",
        "schoolYear": ends,
    }


def upload(folder: Path) -> Any:
    return SimpleUploadedFile("roster.zip", pack(folder, folder.parent / f"{folder.name}.zip").read_bytes())


def work() -> None:
    for _turn in range(3):
        drain()
        drain_slow()


@pytest.fixture
def last_year(tmp_path: Path, db: Any) -> School:
    code, _summary = import_oneroster(write(tmp_path / "before", before()))
    assert code == 0
    return School.objects.get(code="LIN")


@pytest.fixture
def boss(last_year: School) -> Any:
    return person_with("district_technician")


def prepared(boss: Any, tmp_path: Path, files: dict[str, Any] | None = None, **facts: Any) -> YearChange:
    change = actions.start_year_change(actor=boss, **facts)
    uploads = [upload(write(tmp_path / "after", files or after()))]
    actions.attach_roster(actor=boss, change=change, uploads=uploads, invite=False)
    work()
    return YearChange.objects.select_related("import_run").get(pk=change.pk)


def confirmed(boss: Any, change: YearChange, **more: Any) -> YearChange:
    actions.confirm_year_change(actor=boss, change=change, **{"version": change.version, "choices": {}, **more})
    work()
    return YearChange.objects.select_related("import_run").get(pk=change.pk)


@pytest.mark.django_db(transaction=True)
def test_the_preview_says_who_moves_and_who_leaves(tmp_path: Path, boss: Any) -> None:
    change = prepared(boss, tmp_path)
    run: Any = change.import_run
    assert (run.state, run.summary["removals"]) == ("staged", [])  # every class ends, a quarter of the students leaves
    assert movements(run) == [
        Movement("LIN", "04", promoted=0, moved=0, new=1, stayed=0, left=0),
        Movement("LIN", "05", promoted=1, moved=0, new=0, stayed=1, left=1),
        Movement("ROO", "05", promoted=0, moved=1, new=0, stayed=0, left=0),
    ]
    facts = year_facts(run)
    assert facts.leavers == {Person.objects.get(username="sam").pk}
    assert [(m.person.username, m.old_room.code, m.school, m.room) for m in facts.moves] == [
        ("ana", "104", "LIN", "207")
    ]
    assert Person.objects.get(username="sam").is_active  # nothing is changed yet


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("follows", [True, False])
def test_applied_with_rooms_and_carts(tmp_path: Path, boss: Any, last_year: School, follows: bool) -> None:
    ana = Person.objects.get(username="ana")
    old = ana.default_room
    CartFactory(school=last_year, asset_tag="CART-1", home_room=old)
    CartFactory(school=last_year, asset_tag="CART-2", home_room=Person.objects.get(username="ben").default_room)
    change = prepared(boss, tmp_path)
    choices = {"carts": {"CART-1": str(ana.key)}} if follows else {}
    change = confirmed(boss, change, choices=choices)

    assert (change.state, change.name, change.report.get("stopped")) == ("applied", "2027-2028", None)
    assert change.year == SchoolYear.objects.get(name="2027-2028")
    ana.refresh_from_db()
    assert ana.default_room.code == "207"
    homes = dict(Device.objects.carts().values_list("asset_tag", "home_room__code"))
    assert homes == {"CART-1": "207" if follows else "104", "CART-2": "105"}
    assert change.report["rooms"] == {"moved": 1, "stayed": 0}
    assert change.report["carts"] == {"moved": int(follows), "stayed": int(not follows), "refused": 0}
    assert not Person.objects.get(username="sam").is_active
    verbs = list(AuditEntry.objects.about(change).values_list("verb", flat=True))
    assert verbs[0] == "start_year_change" and verbs[-1] == "apply_year_change"
    # Again: nothing is open, nothing is done twice.
    actions.change_year(change_id=change.pk, actor_id=boss.pk)
    assert AuditEntry.objects.about(change).count() == len(verbs)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_broke_off_goes_on_behind_the_last_step(
    tmp_path: Path, boss: Any, last_year: School, monkeypatch: Any
) -> None:
    ana = Person.objects.get(username="ana")
    CartFactory(school=last_year, asset_tag="CART-1", home_room=ana.default_room)
    change = prepared(boss, tmp_path)
    calls = []

    def broken(*_args: Any) -> Any:
        calls.append(1)
        raise RuntimeError("the worker died")

    whole = actions.move_teachers
    monkeypatch.setattr(actions, "move_teachers", broken)
    change = confirmed(boss, change, choices={"carts": {"CART-1": str(ana.key)}})
    assert (change.state, change.done, len(calls)) == ("planned", [], 1) and change.report["stopped"]
    assert change.import_run.state == "applied"
    with pytest.raises(NotPossible):
        actions.drop_year_change(actor=boss, change=change)

    monkeypatch.setattr(actions, "move_teachers", whole)
    change = confirmed(boss, change)
    assert (change.state, change.done) == ("applied", ["rooms", "carts"])
    ana.refresh_from_db()
    assert ana.default_room.code == "207" and Device.objects.get(asset_tag="CART-1").home_room.code == "207"


@pytest.mark.django_db(transaction=True)
def test_half_a_file_is_no_graduation(tmp_path: Path, boss: Any) -> None:
    files = after()
    files["users"] = files["users"][:2]
    files["enrollments"] = files["enrollments"][:2]
    change = prepared(boss, tmp_path, files)
    with pytest.raises(NotPossible) as refusal:
        confirmed(boss, change)
    assert refusal.value.code == "too_many_removals"
    assert confirmed(boss, change, force=True).state == "applied"


@pytest.mark.django_db(transaction=True)
def test_one_at_a_time_and_by_what_was_seen(tmp_path: Path, boss: Any) -> None:
    change = prepared(boss, tmp_path)
    with pytest.raises(NotPossible) as refusal:
        actions.start_year_change(actor=boss)
    assert refusal.value.code == "year_change_open"
    with pytest.raises(Stale):
        confirmed(boss, change, version=change.version - 1)
    actions.drop_year_change(actor=boss, change=change)
    assert ImportRun.objects.get(pk=change.import_run_id).state == "discarded"
    assert actions.start_year_change(actor=boss).state == "planned"


@pytest.mark.django_db
def test_name_and_dates_may_be_given(boss: Any) -> None:
    with pytest.raises(BadInput) as refusal:
        actions.start_year_change(actor=boss, name="2027-2028")
    assert refusal.value.code == "missing_dates"
    facts = {"name": "2027-2028", "starts_on": dt.date(2027, 8, 10), "ends_on": dt.date(2028, 6, 30)}
    assert actions.start_year_change(actor=boss, **facts).year == SchoolYear.objects.get(name="2027-2028")


# The pages ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_technician_in_august(tmp_path: Path, boss: Any, last_year: School, signed_in: Any) -> None:
    sam, ana = Person.objects.get(username="sam"), Person.objects.get(username="ana")
    device = DeviceFactory(school=last_year, asset_tag="LT-9", assigned_to=sam)
    check_out(actor=boss, device=device, person=sam)
    CartFactory(school=last_year, asset_tag="CART-1", home_room=ana.default_room)
    client = signed_in(boss)

    begun = client.post(NEW)
    change = YearChange.objects.get()
    assert begun.status_code == 302 and begun.url == change.get_absolute_url()
    page = client.get(change.get_absolute_url())
    assert "The roster of the new year" in page.content.decode()
    sent = client.post(
        reverse("directory:year-roster", args=[change.key]), {"files": upload(write(tmp_path / "after", after()))}
    )
    assert sent.status_code == 302
    work()
    page = client.get(change.get_absolute_url())
    body = page.content.decode()
    assert "LT-9" in body and "1 teacher gets another room" in body and "CART-1" in body
    assert (
        "new school year" in client.get(change.__class__.objects.get().import_run.get_absolute_url()).content.decode()
    )
    form = page.context["apply"]
    assert list(form.fields) == ["version", "choice0"]
    answer = client.post(
        reverse("directory:year-apply", args=[change.key]),
        {"version": form.initial["version"], "choice0": str(ana.key)},
    )
    assert answer.status_code == 302
    work()
    page = client.get(change.get_absolute_url())
    assert "The new school year is in" in page.content.decode() and "LT-9" in page.content.decode()
    assert "1 moved, 0 stayed" in page.content.decode()
    assert Device.objects.get(asset_tag="CART-1").home_room.code == "207"


@pytest.mark.django_db(transaction=True)
def test_who_looked_at_an_older_page_keeps_what_was_chosen(
    tmp_path: Path, boss: Any, last_year: School, signed_in: Any
) -> None:
    ana = Person.objects.get(username="ana")
    CartFactory(school=last_year, asset_tag="CART-1", home_room=ana.default_room)
    change = prepared(boss, tmp_path)
    client, address = signed_in(boss), reverse("directory:year-apply", args=[change.key])
    answer = client.post(address, {"version": 1, "choice0": str(ana.key)})
    assert answer.status_code == 409 and "meanwhile" in answer.content.decode()
    assert answer.context["apply"].data["choice0"] == str(ana.key)
    assert client.post(address, {"version": change.version, "choice0": "nobody"}).status_code == 422


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["technician", "school_admin", "teacher", "auditor"])
def test_only_for_those_who_run_the_district(last_year: School, boss: Any, signed_in: Any, role: str) -> None:
    change = actions.start_year_change(actor=boss)
    client = signed_in(person_with(role, last_year))
    assert client.get(NEW).status_code == 403
    assert client.get(change.get_absolute_url()).status_code == 403
    for name in ("year-roster", "year-apply", "year-drop"):
        assert client.post(reverse(f"directory:{name}", args=[change.key])).status_code == 403


@pytest.mark.django_db
def test_what_is_wrong_is_said_on_the_page(boss: Any, signed_in: Any) -> None:
    client = signed_in(boss)
    assert client.post(NEW, {"name": "2027-2028"}).status_code == 400
    change = actions.start_year_change(actor=boss)
    assert client.post(reverse("directory:year-roster", args=[change.key]), {}).status_code == 400
    assert client.post(reverse("directory:year-apply", args=[change.key]), {"version": 1}).status_code == 409
    assert client.post(reverse("directory:year-drop", args=[change.key])).status_code == 302
    assert client.get(NEW).status_code == 200
