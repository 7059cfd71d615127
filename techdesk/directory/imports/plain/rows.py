"""One row of a plain file: the person, the guardians, the room and the homeroom it tells of. Nothing here asks the
database.

Only what a cell says becomes a fact: an empty cell, or a column that is not there, changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from techdesk.base.text import fold
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.oneroster.rooms import room_code, room_kind
from techdesk.directory.imports.plain.cells import (
    Cells,
    digits,
    grade_code,
    is_email,
    is_gone,
    job_role,
    role_of,
    short_key,
    split_name,
    text,
)
from techdesk.directory.imports.plain.fields import GUARDIANS
from techdesk.jobs.hooks import RowProblem


def person_key(cells: Cells) -> str:
    """What the file calls a person: by its own number, else by the card number, else by the e-mail address."""
    if number := text(cells, "id", 150):
        return f"id:{number}"
    if card := text(cells, "identifier", 60):
        return f"card:{card.casefold()}"
    email = cells.get("email", "").lower()
    return short_key(f"mail:{email}") if email else ""


def person(cells: Cells, options: Mapping[str, Any]) -> dict[str, Any]:
    """The facts about the person of a row. Raises RowProblem."""
    if is_gone(cells.get("status", "")):
        return {"listed": False}
    given, family = _names(cells)
    role = _role(cells, options)
    kind = PersonKind.STUDENT if role == "student" else PersonKind.STAFF
    facts: dict[str, Any] = {
        "kind": str(kind),
        "given_name": given,
        "family_name": family,
        "roles": [f"{role}@{options['school']}"],
        "listed": True,
    }
    said = {
        "middle_name": text(cells, "middle_name", 100),
        "identifier": text(cells, "identifier", 60),
        "username": text(cells, "username", 150),
        "phone": text(cells, "phone", 40) if kind == PersonKind.STAFF else "",
        "email": cells.get("email", "").lower(),
        "grade": cells.get("grade", "") if kind == PersonKind.STUDENT else "",
    }
    if said["email"] and not is_email(said["email"]):
        facts["_bad_email"] = said.pop("email")
    if said["grade"] and not (grade := grade_code(said["grade"])):
        facts["_bad_grade"] = said.pop("grade")[:40]
    elif said["grade"]:
        said["grade"] = grade
    return {**facts, **{name: value for name, value in said.items() if value}}


def _names(cells: Cells) -> tuple[str, str]:
    given = text(cells, "preferred_name", 100) or text(cells, "given_name", 100)
    family = text(cells, "family_name", 100)
    if not (given and family):
        whole_given, whole_family = split_name(text(cells, "name", 200))
        given, family = given or whole_given[:100], family or whole_family[:100]
    if not (given and family):
        raise RowProblem("missing_name", _("First or last name is empty. Fill it in, then import again."))
    return given, family


def _role(cells: Cells, options: Mapping[str, Any]) -> str:
    if cells.get("role"):
        return role_of(cells["role"])
    if options.get("who"):
        return str(options["who"])
    if cells.get("grade"):
        return "student"
    if cells.get("job"):
        return job_role(cells["job"])
    message = _("Neither a role nor a grade says whether this is a student or staff. Fill one in.")
    raise RowProblem("unknown_role", message)


@dataclass(frozen=True)
class Guardian:
    """A guardian as one row names them. key: who they are, see `_guardian_key`."""

    key: str
    number: int
    facts: Mapping[str, Any]
    relationship: str


def guardians(cells: Cells, student: str) -> list[Guardian]:
    """The guardians of a row, the first to call first. Raises RowProblem."""
    found: dict[str, Guardian] = {}
    for number in range(1, GUARDIANS + 1):
        prefix = f"guardian{number}_"
        if not any(cells.get(prefix + part) for part in ("name", "given_name", "family_name")):
            continue
        given, family = text(cells, f"{prefix}given_name", 100), text(cells, f"{prefix}family_name", 100)
        if not (given and family):
            whole_given, whole_family = split_name(text(cells, f"{prefix}name", 200))
            given, family = given or whole_given[:100], family or whole_family[:100]
        if not (given and family):
            message = _("Guardian %(number)d has only half a name. Write first and last name.") % {"number": number}
            raise RowProblem("missing_guardian_name", message)
        facts = {"kind": str(PersonKind.GUARDIAN), "given_name": given, "family_name": family, "listed": True}
        email, phone = cells.get(f"{prefix}email", "").lower(), text(cells, f"{prefix}phone", 40)
        if email:
            facts["email" if is_email(email) else "_bad_email"] = email
        if phone:
            facts["phone"] = phone
        key = _guardian_key(text(cells, f"{prefix}id", 100), facts, student)
        found.setdefault(key, Guardian(key, number, facts, text(cells, f"{prefix}relationship", 60)))
    return list(found.values())


def _guardian_key(number: str, facts: Mapping[str, Any], student: str) -> str:
    """Two rows name the same guardian when the file's number is the same; else when name and e-mail, or name and
    phone are. A bare name is somebody for one student only."""
    name = fold(f"{facts['given_name']} {facts['family_name']}")
    if number:
        return f"g:id:{number}"
    if facts.get("email"):
        return short_key("g:mail", facts["email"], name)
    if len(phone := digits(facts.get("phone", ""))) >= 7:
        return short_key("g:phone", phone, name)
    return short_key("g:of", student, name)


def room(cells: Cells, *, is_list: bool) -> dict[str, Any] | None:
    """The room of a row, or None. is_list: a list of rooms, where every row has one. Raises RowProblem."""
    said = text(cells, "room", 60)
    code = room_code(said)
    if not code:
        if is_list:
            message = _("“%(value)s” is no room number. Write one room per row, up to 20 characters.")
            raise RowProblem("missing_room" if not said else "bad_room", message % {"value": said[:40]})
        return None
    facts = {
        "code": code,
        "name": text(cells, "room_name", 200) if is_list else "",
        "building": text(cells, "building", 80) if is_list else "",
        "floor": text(cells, "floor", 20) if is_list else "",
        "kind": room_kind(cells.get("room_kind", "")) if is_list and cells.get("room_kind") else "",
    }
    return {name: value for name, value in facts.items() if value}


@dataclass(frozen=True)
class Homeroom:
    """A homeroom as a row names it: by its code, else by its teacher."""

    key: str
    code: str
    teacher: str
    room: str


def homeroom(cells: Cells) -> Homeroom | None:
    """The homeroom of a row, or None. Raises RowProblem too_long."""
    code, teacher = text(cells, "homeroom", 60), text(cells, "homeroom_teacher", 150)
    if not (code or teacher):
        return None
    key = f"hr:{fold(code)}" if code else f"hrt:{fold(teacher)}"
    return Homeroom(short_key(key), code, teacher, room_code(cells.get("room", "")))
