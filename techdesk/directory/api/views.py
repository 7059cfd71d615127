"""Schools, rooms and people: lists, details, and writing them down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import quote
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from techdesk.api.answers import detail_answer, list_answer, row_answer
from techdesk.api.bodies import known, read_body
from techdesk.api.views import ApiView, Operation
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import require
from techdesk.directory import actions
from techdesk.directory.api.bodies import (
    NewPersonBody,
    NewRoomBody,
    NewSchoolBody,
    PersonBody,
    RoomBody,
    SchoolBody,
)
from techdesk.directory.api.resources import PERSON, ROOM, SCHOOL
from techdesk.directory.models import Person, Room, School
from techdesk.directory.queries.accounts import fixed_facts, may_change_account, unfit_facts
from techdesk.directory.queries.references import visible_school


class Schools(ApiView):
    """The schools you see."""

    operations: ClassVar = {
        "GET": Operation("schools_list", "directory.view_school", "list", SCHOOL),
        "POST": Operation("schools_create", "directory.change_school", "object", SCHOOL, NewSchoolBody, 201),
    }

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, SCHOOL)

    def post(self, request: Request) -> HttpResponse:
        """Open a school. 400 `duplicate_code` when another one has its code."""
        viewer: Any = request.user
        school = actions.create_school(actor=viewer, **read_body(request, NewSchoolBody))
        rows = School.objects.visible_to(viewer).with_code(school.code)
        return row_answer(request, SCHOOL, rows, status=201, address=_address(request, school.code))


class SchoolDetail(ApiView):
    """One school, by its code."""

    operations: ClassVar = {
        "GET": Operation("schools_read", "directory.view_school", "detail", SCHOOL),
        "PATCH": Operation("schools_change", "directory.change_school", "object", SCHOOL, SchoolBody),
    }

    def get(self, request: Request, code: str) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, SCHOOL, School.objects.visible_to(viewer).with_code(code))

    def patch(self, request: Request, code: str) -> HttpResponse:
        """Change a school; its code stays."""
        viewer: Any = request.user
        school = self.load(School.objects.with_code(code))
        body = read_body(request, SchoolBody)
        actions.change_school(actor=viewer, school=school, version=self.expected_version(school), **_fields(body))
        return row_answer(request, SCHOOL, School.objects.visible_to(viewer).with_code(code))


class Rooms(ApiView):
    """The rooms of the schools you see."""

    operations: ClassVar = {
        "GET": Operation("rooms_list", "directory.view_room", "list", ROOM),
        "POST": Operation("rooms_create", "directory.change_room", "object", ROOM, NewRoomBody, 201),
    }

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, ROOM)

    def post(self, request: Request) -> HttpResponse:
        """Add a room to a school. 400 `duplicate_code` when the school has one of this code."""
        viewer: Any = request.user
        body = read_body(request, NewRoomBody)
        school = _school(viewer, body.pop("school"), "directory.change_room")
        room = actions.create_room(actor=viewer, school=school, **body)
        rows = Room.objects.visible_to(viewer).named(room.public_key)
        return row_answer(request, ROOM, rows, status=201, address=_address(request, room.public_key))


class RoomDetail(ApiView):
    """One room, by school code and room code: /rooms/LIN/104/."""

    operations: ClassVar = {
        "GET": Operation("rooms_read", "directory.view_room", "detail", ROOM),
        "PATCH": Operation("rooms_change", "directory.change_room", "object", ROOM, RoomBody),
    }

    def get(self, request: Request, room: str) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, ROOM, Room.objects.visible_to(viewer).named(room))

    def patch(self, request: Request, room: str) -> HttpResponse:
        """Change a room, or switch it off.

        400 `duplicate_code` when the school has another one of this code. With a new code it has a new address; the
        feed of changes tells of both.
        """
        viewer: Any = request.user
        there = self.load(Room.objects.named(room).for_list())
        body = read_body(request, RoomBody)
        changed = actions.change_room(actor=viewer, room=there, version=self.expected_version(there), **_fields(body))
        return row_answer(request, ROOM, Room.objects.visible_to(viewer).named(changed.public_key))


class People(ApiView):
    """The people you see: technicians those of their schools, teachers their students, everybody themselves."""

    operations: ClassVar = {
        "GET": Operation("people_list", "directory.view_person", "list", PERSON),
        "POST": Operation("people_create", "directory.add_person", "object", PERSON, NewPersonBody, 201),
    }

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, PERSON)

    def post(self, request: Request) -> HttpResponse:
        """Add a student or a member of staff whom the roster does not list yet.

        409 `may_be_known` when people you see have this name or card number: look at them (`people/?search=`), and
        send `is_new` when it is somebody else. 400 `duplicate_email`, `missing_grade` (of a student).
        """
        viewer: Any = request.user
        body = read_body(request, NewPersonBody)
        school = _school(viewer, body.pop("school"), "directory.add_person")
        if not body.pop("is_new", False):
            _refuse_known(viewer, body)
        person = actions.add_person(actor=viewer, school=school, **body)
        rows = Person.objects.visible_to(viewer).with_key(person.key)
        return row_answer(request, PERSON, rows, status=201, address=_address(request, person.public_key))


class PersonDetail(ApiView):
    """One person, by id."""

    operations: ClassVar = {
        "GET": Operation("people_read", "directory.view_person", "detail", PERSON),
        "PATCH": Operation("people_change", "directory.change_person", "object", PERSON, PersonBody),
    }

    def get(self, request: Request, id: UUID) -> HttpResponse:
        return detail_answer(request, PERSON, Person.objects.visible_to(request.user).with_key(id))

    def patch(self, request: Request, id: UUID) -> HttpResponse:
        """Change what is known of a person.

        400 `roster_says` for what the roster says of them, and `unfit_fact` for a grade of somebody who is no
        student. Who holds more roles than a roster gives is changed only by those who may grant roles.
        """
        viewer: Any = request.user
        person = self.load(Person.objects.humans().with_key(id))
        if not may_change_account(viewer, person, "directory.change_person"):
            raise PermissionDenied("directory.change_person")
        facts = read_body(request, PersonBody)
        _refuse_fixed(person, facts)
        actions.change_person(actor=viewer, person=person, version=self.expected_version(person), **facts)
        return row_answer(request, PERSON, Person.objects.visible_to(viewer).with_key(id))


def _address(request: Request, key: str) -> str:
    """Where what was made here is to be read."""
    return request.build_absolute_uri(f"{request.path}{quote(key)}/")


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body's members by the names of the model."""
    return {("is_active" if name == "active" else name): value for name, value in body.items()}


def _school(viewer: Any, code: str, action: str) -> School:
    """The school where something is made. 400 `unknown_school`, 403 where the viewer may not do that there."""
    school = known(
        visible_school(viewer, code),
        name="school",
        code="unknown_school",
        text=_("There is no school with this code, or it is not yours to see."),
    )
    require(viewer, action, school_id=school.pk)
    return school


def _refuse_known(viewer: Any, facts: Mapping[str, Any]) -> None:
    """Raise NotPossible `may_be_known` when the viewer sees people it could be. Who they are is not said here."""
    found = Person.objects.visible_to(viewer).likely_the_same(
        given_name=facts["given_name"], family_name=facts["family_name"], identifier=facts.get("identifier", "")
    )
    if count := found.count():
        text = _("Somebody of this name or card number is here already. Send is_new when it is somebody else.")
        raise NotPossible(text, code="may_be_known", found=count)


def _refuse_fixed(person: Person, facts: Mapping[str, Any]) -> None:
    """Raise BadInput for a new value of what the roster says, or of what people of this kind do not have."""
    new = {name for name, value in facts.items() if (value or "") != (getattr(person, name) or "")}
    if unfit := new & unfit_facts(person):
        text = _("People of this kind have none.")
        raise BadInput(text, code="unfit_fact", errors={name: [text] for name in sorted(unfit)})
    if fixed := new & fixed_facts(person):
        text = _("The roster says this. Change it in the student information system; it comes with the next import.")
        raise BadInput(text, code="roster_says", errors={name: [text] for name in sorted(fixed)})
