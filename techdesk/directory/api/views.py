"""Schools, rooms and people: lists and details."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request

from techdesk.api.answers import detail_answer, list_answer
from techdesk.api.views import ApiView, Operation
from techdesk.directory.api.resources import PERSON, ROOM, SCHOOL
from techdesk.directory.models import Person, Room, School


class Schools(ApiView):
    """The schools you see."""

    operations: ClassVar = {"GET": Operation("schools_list", "directory.view_school", "list", SCHOOL)}

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, SCHOOL)


class SchoolDetail(ApiView):
    """One school, by its code."""

    operations: ClassVar = {"GET": Operation("schools_read", "directory.view_school", "detail", SCHOOL)}

    def get(self, request: Request, code: str) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, SCHOOL, School.objects.visible_to(viewer).with_code(code))


class Rooms(ApiView):
    """The rooms of the schools you see."""

    operations: ClassVar = {"GET": Operation("rooms_list", "directory.view_room", "list", ROOM)}

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, ROOM)


class RoomDetail(ApiView):
    """One room, by school code and room code: /rooms/LIN/104/."""

    operations: ClassVar = {"GET": Operation("rooms_read", "directory.view_room", "detail", ROOM)}

    def get(self, request: Request, room: str) -> HttpResponse:
        viewer: Any = request.user
        return detail_answer(request, ROOM, Room.objects.visible_to(viewer).named(room))


class People(ApiView):
    """The people you see: technicians those of their schools, teachers their students, everybody themselves."""

    operations: ClassVar = {"GET": Operation("people_list", "directory.view_person", "list", PERSON)}

    def get(self, request: Request) -> HttpResponse:
        return list_answer(request, PERSON)


class PersonDetail(ApiView):
    """One person, by id."""

    operations: ClassVar = {"GET": Operation("people_read", "directory.view_person", "detail", PERSON)}

    def get(self, request: Request, id: UUID) -> HttpResponse:
        return detail_answer(request, PERSON, Person.objects.visible_to(request.user).with_key(id))
