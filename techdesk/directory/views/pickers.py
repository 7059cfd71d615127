"""What the pickers of forms ask while somebody types: people and rooms the asker may see."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from techdesk.audit.actions import disclose
from techdesk.base.policy import policy
from techdesk.base.text import fold
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import Person, Room
from techdesk.directory.queries import students_among
from techdesk.ui.forms import PickerOption, picker_answer

MOST = 20
#: Fewer letters than these find half of the school, and would disclose it.
LEAST_LETTERS = 2


@policy("directory.view_person")
@require_safe
def pick_person(request: HttpRequest) -> HttpResponse:
    """People whose name, address or card number contains the words of `q`; `kind` is "staff" or "student"."""
    viewer: Any = request.user
    text = request.GET.get("q", "")[:100]
    if len(fold(text)) < LEAST_LETTERS:
        return picker_answer([])
    people = Person.objects.active().visible_to(viewer).humans().search_as(viewer, text)
    if request.GET.get("kind") in PersonKind.values:
        people = people.of_kind(request.GET["kind"])
    found = list(people.by_name()[:MOST])
    disclose(viewer=viewer, channel="page", purpose="person picker", students=students_among(found))
    return picker_answer(PickerOption(one.public_key, one.name, hint=_hint(one)) for one in found)


def _hint(person: Person) -> str:
    """What tells two people of one name apart."""
    if person.is_student and person.grade:
        return _("Student, grade %(grade)s") % {"grade": person.grade}
    kind = str(PersonKind(person.kind).label)
    return f"{kind} · {person.email}" if person.email else kind


@policy("directory.view_room")
@require_safe
def pick_room(request: HttpRequest) -> HttpResponse:
    """Rooms whose code or name contains `q`; without it the first ones. `school` is a school's code."""
    viewer: Any = request.user
    rooms = Room.objects.active().visible_to(viewer).search(request.GET.get("q", "")[:100].strip())
    if school := request.GET.get("school"):
        rooms = rooms.of_school(school)
    found = rooms.for_list().by_code()[:MOST]
    return picker_answer(PickerOption(room.public_key, str(room), hint=_room_hint(room)) for room in found)


def _room_hint(room: Room) -> str:
    words = [room.school.name, room.code if room.name else "", room.building]
    return " · ".join(word for word in words if word)
