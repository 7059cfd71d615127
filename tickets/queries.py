"""Reads across models: who works on a ticket, whom a teacher teaches, what a form offers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from devices.models import Device
from techdesk.audit.models import AuditEntry, ChangeEvent
from techdesk.directory.choices import EnrolmentRole, SectionKind
from techdesk.directory.models import Enrolment, Person, Room, School
from techdesk.directory.queries.settings import is_on
from tickets.choices import Priority
from tickets.models import Ticket, UrgentAlert
from tickets.switches import STUDENTS_ASK

#: More radio cards than these are no help; the tag on the sticker names any other thing.
MOST_THINGS = 12


def technicians_of(school: School) -> list[Any]:
    """Who is told about a new ticket: the school's technicians; the district's where the school has none."""
    own = list(Person.objects.holding("technician", school_id=school.pk).by_name())
    return own or list(Person.objects.holding("district_technician", school_id=school.pk).by_name())


def order_of_call(school: School) -> list[Any]:
    """Who is told of a stopped lesson, one after the other: the school's technicians, the district's, then those who
    run the school; each by name, each once."""
    people: dict[int, Any] = {}
    for role in ("technician", "district_technician", "school_admin"):
        for person in Person.objects.holding(role, school_id=school.pk).by_name():
            people.setdefault(person.pk, person)
    return list(people.values())


def is_calling(ticket: Ticket) -> bool:
    """Does a stopped lesson still wait for somebody to say that they are on it? Asks only where it could."""
    if ticket.priority != Priority.URGENT or ticket.assignee_id is not None or not ticket.is_active:
        return False
    alert = UrgentAlert.objects.of_ticket(ticket)
    return alert is not None and alert.acknowledged_at is None


def workers_of(school: School) -> list[Any]:
    """The people a ticket of `school` can be given to, by name."""
    own = Person.objects.holding("technician", school_id=school.pk)
    district = Person.objects.holding("district_technician", school_id=school.pk)
    return list((own | district).by_name())


def schools_to_ask_for(person: Any) -> list[School]:
    """The schools `person` may ask for help at, the one of their own room first.

    Students only where their school lets them ask themselves.
    """
    schools = list(School.objects.active().visible_to(person).by_name())
    if person.is_student:
        schools = [school for school in schools if is_on(school, STUDENTS_ASK.name)]
    home = person.default_room.school_id if person.default_room_id else None
    return sorted(schools, key=lambda school: school.pk != home)


def rooms_of(school: School) -> Any:
    """The rooms of `school` that are in use, by number."""
    return Room.objects.active().filter(school=school).order_by("code", "id")


def _taught_by(person: Any) -> Any:
    mine = Enrolment.objects.in_force().filter(person=person, role=EnrolmentRole.TEACHER)
    return Enrolment.objects.in_force().filter(section__in=mine.values("section_id"), role=EnrolmentRole.STUDENT)


def students_taught_by(person: Any) -> list[Any]:
    """Every active student in a section that `person` teaches now, by name."""
    return list(Person.objects.active().filter(pk__in=_taught_by(person).values("person_id")).by_name())


def names_of_students_taught_by(person: Any) -> list[tuple[str, str]]:
    """(given name, family name) of every student in a section that `person` teaches now."""
    return list(_taught_by(person).values_list("person__given_name", "person__family_name").distinct())


def homerooms_of(student_ids: Iterable[int]) -> dict[int, str]:
    """The title of the homeroom of each student who has one, by the student's id."""
    wanted = set(student_ids)
    if not wanted:
        return {}
    rows = (
        Enrolment.objects.in_force()
        .filter(section__kind=SectionKind.HOMEROOM, person_id__in=wanted, role=EnrolmentRole.STUDENT)
        .order_by("id")
        .values_list("person_id", "section__title")
    )
    return dict(rows)


def own_things(person: Any, room: Room | None) -> list[Device]:
    """What `person` has, is assigned or answers for, then what else is at home in their `room`, but no equipment."""
    near = Device.objects.concerning(person)
    if room is not None:
        near = near | Device.objects.filter(home_room=room, category__is_room_equipment=False)
    rows = near.not_gone().by_tag().select_related("model", "category")
    things = list(rows.visible_to(person)[: MOST_THINGS * 4])
    mine = {thing.pk for thing in things if person.pk in (thing.assigned_to_id, thing.responsible_id)}
    return sorted(things, key=lambda thing: thing.pk not in mine)[:MOST_THINGS]


def equipment_of(person: Any, room: Room | None) -> list[Device]:
    """The boards, projectors and the like that stand in `room`, as far as `person` may see them."""
    if room is None:
        return []
    rows = Device.objects.filter(home_room=room, category__is_room_equipment=True)
    return list(rows.not_gone().by_tag().select_related("model", "category").visible_to(person)[:MOST_THINGS])


def things_of_student(person: Any, student: Any) -> list[Device]:
    """What `student` has or is assigned, as far as `person` may see it."""
    return list(Device.objects.held_by(student).not_gone().by_tag().visible_to(person)[:3])


def device_by_sticker(person: Any, school: School, tag: str) -> Device | None:
    """The device with this tag: one of `school`, because whoever reads a sticker stands before it, or one that
    `person` may see. A device of another school is as unknown as one that does not exist."""
    return next(iter(devices_by_sticker(person, school, [tag]).values()), None)


def devices_by_sticker(person: Any, school: School, tags: Iterable[str]) -> dict[str, Device]:
    """The same for several tags: tag in lower case -> device, without those that are unknown."""
    wanted = list(tags)
    found = {device.asset_tag.lower(): device for device in Device.objects.filter(school=school).with_tags(wanted)}
    if rest := [tag for tag in wanted if tag.lower() not in found]:
        found |= {device.asset_tag.lower(): device for device in Device.objects.with_tags(rest).visible_to(person)}
    return found


def people_by_key(keys: Iterable[str]) -> dict[str, Any]:
    """People by their public key, for the words of a history."""
    wanted = {key for key in keys if key}
    return {person.public_key: person for person in Person.objects.filter(key__in=wanted)} if wanted else {}


def history_since(ticket: Ticket, version: int | None, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Those of the ticket's `entries` (oldest first) that came after `version`; none when it is not known."""
    if version is None or version >= ticket.version:
        return []
    later = ChangeEvent.objects.filter(
        object_type=ticket.resource, object_key=ticket.public_key, version__gt=version
    ).count()
    # An audit entry and a change event are written together, one for one.
    return list(entries[len(entries) - later :]) if later else []
