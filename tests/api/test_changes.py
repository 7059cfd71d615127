"""`changes/`: everything that changed, in order, nothing skipped, to whoever may know of it."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from devices.actions import change_device, check_in, check_out
from devices.models import Device
from techdesk.audit.actions import number_changes
from techdesk.audit.models import ChangeEvent
from techdesk.directory.actions import change_person, deactivate_people, end_role, grant_role
from techdesk.directory.models import RoleAssignment
from tests.api.conftest import Caller, Town, caller
from tests.api.test_problems import check
from tests.factories import DeviceFactory, PersonFactory, grant, person_with
from tickets.actions import add_message, open_ticket


def told(script: Caller, **parameters: Any) -> list[tuple[str, str, str]]:
    return [(one["type"], one["key"], one["verb"]) for one in script.every_change(**parameters)]


class Follower(Caller):
    """A script that follows the feed."""

    def every_change(self, **parameters: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        since: Any = parameters.pop("since", 0)
        while True:
            answer = self.get("changes/", since=since, **parameters)
            assert answer.status_code == 200, answer.content
            page = answer.json()
            found += page["results"]
            since = self.place = page["next"]
            if not page["more"]:
                return found


def follower(person: Any, **options: Any) -> Follower:
    return Follower(caller(person, scope="read", **options).secret)


def test_what_is_told_of_a_change(town: Town) -> None:
    ChangeEvent.objects.all().delete()
    check_out(actor=town.technician, device=town.device, person=town.student)
    script = follower(town.technician)
    (change,) = script.every_change()
    assert change | {"at": None, "number": None} == {
        "number": None,
        "type": "devices",
        "key": "C-0001",
        "version": 2,
        "verb": "check_out",
        "at": None,
        "school": "LIN",
        "gone": False,
    }
    assert change["at"].endswith("Z") and change["number"] <= script.place
    assert script.get("devices/C-0001/")["ETag"].startswith(f'"{change["version"]}-')
    assert script.every_change(since=script.place) == []
    assert script.every_change(fields="key,verb") == [{"key": "C-0001", "verb": "check_out"}]


def test_the_beginning_the_end_and_wrong_places(town: Town) -> None:
    script = follower(town.technician)
    latest = script.get("changes/", since="latest").json()
    assert latest["results"] == [] and not latest["more"]
    open_ticket(actor=town.teacher, school=town.lincoln, subject="Board")
    assert [verb for *_rest, verb in told(script, since=latest["next"])] == ["open"]
    for wrong in ("x", "-1", "99999999", "9" * 30, ""):
        check(script.get("changes/", since=wrong), 400, "bad_cursor")
    for wrong, value in (("limit", "0"), ("type", "tokens"), ("type__in", "devices,x")):
        assert script.get("changes/", **{wrong: value}).status_code == 400, wrong
    check(script.get("changes/", ordering="at"), 400, "unknown_parameter")


def test_only_some_types_and_small_pages(town: Town) -> None:
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board")
    for n in range(5):
        add_message(actor=town.technician, ticket=ticket, body=f"{n}")
        change_device(actor=town.technician, device=town.device, serial=f"S{n}")
    script = follower(town.technician)
    whole = script.every_change()
    assert script.every_change(limit=1) == script.every_change(limit=3) == whole
    devices = script.every_change(type="devices", limit=2)
    assert devices == [one for one in whole if one["type"] == "devices"] and len(devices) == 5
    assert script.every_change(type__in="devices,tickets") == [one for one in whole if one["type"] != "people"]


def test_a_school_hears_of_what_is_or_was_there(town: Town) -> None:
    boss = person_with("district_admin")
    lincoln, roosevelt, district = follower(town.technician), follower(town.foreigner), follower(boss)
    start = district.get("changes/", since="latest").json()["next"]
    change_device(actor=boss, device=town.device, school=town.roosevelt)
    change_device(actor=boss, device=town.foreign_device, condition="worn")
    (left,) = lincoln.every_change(since=start)
    assert (left["key"], left["school"], left["gone"]) == ("C-0001", None, True)
    came = roosevelt.every_change(since=start)
    assert [(one["key"], one["school"], one["gone"]) for one in came] == [
        ("C-0001", "ROO", False),
        ("R-0001", "ROO", False),
    ]
    assert [one["key"] for one in district.every_change(since=start)] == ["C-0001", "R-0001"]
    # The place goes on behind what is not for this caller, so it is not searched again.
    assert lincoln.place == roosevelt.place == district.place


def test_a_token_for_one_school_hears_of_that_school(town: Town) -> None:
    boss = person_with("district_admin")
    change_device(actor=boss, device=town.device, condition="worn")
    change_device(actor=boss, device=town.foreign_device, condition="worn")
    narrow = follower(boss, school=town.roosevelt)
    assert {key for kind, key, _verb in told(narrow, type="devices")} == {"R-0001"}


def test_people_are_known_where_they_hold_a_role(town: Town) -> None:
    boss = person_with("district_admin")
    pupil = PersonFactory(kind="student")
    lincoln, roosevelt = follower(town.technician), follower(town.foreigner)
    start = follower(boss).get("changes/", since="latest").json()["next"]
    change_person(actor=boss, person=pupil, given_name="Ana")  # nobody's yet
    grant_role(actor=boss, person=pupil, role="student", school=town.lincoln)
    change_person(actor=boss, person=pupil, given_name="Anna")
    end_role(actor=boss, assignment=RoleAssignment.objects.get(person=pupil, role="student"))
    grant_role(actor=boss, person=pupil, role="student", school=town.roosevelt)
    deactivate_people(actor=boss, people=[pupil])
    here = [(one["verb"], one["gone"]) for one in lincoln.every_change(since=start, type="people")]
    # Inactive people stay in the sight of every school they were at: somebody must collect what they have.
    assert here == [(verb, False) for verb in ("grant_role", "change", "end_role", "grant_role", "deactivate")]
    there = [verb for *_rest, verb in told(roosevelt, since=start, type="people")]
    assert there == ["grant_role", "deactivate"]
    assert len(told(follower(boss), since=start, type="people")) == 6


def test_others_hear_of_their_own(town: Town) -> None:
    check_out(actor=town.technician, device=town.device, person=town.teacher)
    ticket = open_ticket(actor=town.teacher, school=town.lincoln, subject="Board")
    open_ticket(actor=town.technician, school=town.lincoln, subject="Not hers")
    teacher = follower(town.teacher)
    change_person(actor=town.technician, person=town.student, given_name="Matteo")
    assert told(teacher) == [("devices", "C-0001", "check_out"), ("tickets", str(ticket.number), "open")]
    check_in(actor=town.technician, device=Device.objects.get(pk=town.device.pk))
    assert told(teacher) == [("tickets", str(ticket.number), "open")]
    nobody = PersonFactory()
    assert told(follower(nobody)) == []
    # A student sees only their own record, whatever school they are at.
    assert told(follower(town.student), type="people") == [("people", town.student.public_key, "change")]


def test_what_has_no_list_is_in_no_feed(town: Town) -> None:
    """Tokens, imports and sections change too; the feed speaks only of what can be read by API."""
    boss = person_with("district_admin")
    script = follower(boss)
    assert ChangeEvent.objects.filter(object_type="tokens").exists()
    assert {kind for kind, *_rest in told(script)} <= {"devices", "people", "rooms", "schools", "tickets"}


def test_nothing_new_is_304_and_costs_little(town: Town) -> None:
    change_device(actor=town.technician, device=town.device, condition="worn")
    script = follower(town.technician)
    answer = script.get("changes/")
    assert answer["ETag"].startswith('W/"')
    with CaptureQueriesContext(connection) as queries:
        again = script.get("changes/", headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304 and again.content == b""
    assert not [one for one in queries if "schools" in one["sql"]]
    grant(town.technician, "technician", town.roosevelt)
    assert script.get("changes/", headers={"If-None-Match": answer["ETag"]}).status_code == 200
    change_device(actor=town.technician, device=town.device, condition="good")
    assert script.get("changes/", headers={"If-None-Match": answer["ETag"]}).status_code == 200


def test_statements_do_not_grow(town: Town) -> None:
    script = follower(town.technician)
    counts = set()
    for wanted in (1, 3, 60):
        while ChangeEvent.objects.filter(object_type="devices").count() < wanted:
            change_device(actor=town.technician, device=town.device, serial=f"S{ChangeEvent.objects.count()}")
        number_changes()
        with CaptureQueriesContext(connection) as queries:
            script.get("changes/", type="devices", limit=1000)
        counts.add(len(queries))
    assert len(counts) == 1, counts


@pytest.mark.django_db(transaction=True)
def test_twenty_writers_by_api_and_a_reader_that_follows(town: Town) -> None:
    """What the reader has at the end is what was written: complete, each version of each object once and in order."""
    devices = DeviceFactory.create_batch(6, school=town.lincoln)
    foreign = DeviceFactory.create_batch(2, school=town.roosevelt)
    boss = person_with("district_admin")
    writer, reader = caller(boss).secret, follower(town.technician)
    start = reader.get("changes/", since="latest").json()["next"]
    stop = threading.Event()
    read: list[dict[str, Any]] = []
    statuses: list[int] = []

    def write(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for n in range(6):
                tag = rng.choice([*devices, *foreign]).asset_tag
                answer = Caller(writer).patch(f"devices/{tag}/", {"serial": f"W{seed}.{n}"})
                statuses.append(answer.status_code)
        finally:
            connection.close()

    def follow() -> None:
        since = start
        try:
            while True:
                last = stop.is_set()
                page = reader.get("changes/", since=since, limit=5, type="devices").json()
                read.extend(page["results"])
                since = page["next"]
                if last and not page["more"]:
                    return
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(seed,)) for seed in range(20)]
    watcher = threading.Thread(target=follow)
    for thread in (*threads, watcher):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    watcher.join(timeout=60)
    assert set(statuses) <= {200, 503}  # busy is allowed to say so; nothing of it is in the feed
    numbers = [one["number"] for one in read]
    assert numbers == sorted(set(numbers))
    for device in devices:
        version = Device.objects.get(pk=device.pk).version
        assert [one["version"] for one in read if one["key"] == device.asset_tag] == list(range(2, version + 1))
    assert not {one["key"] for one in read} & {device.asset_tag for device in foreign}
