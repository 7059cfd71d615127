"""Users: staff, students and guardians."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.policy import ROLES
from techdesk.directory.actions.roster import TAKEN_OVER, write_people
from techdesk.directory.choices import GrantSource, PersonKind
from techdesk.directory.imports.oneroster.columns import WHOLE_DISTRICT
from techdesk.directory.imports.oneroster.links import gone_rows, is_listed_elsewhere, listed_count
from techdesk.directory.imports.oneroster.orgs import Places, unknown_school
from techdesk.directory.imports.oneroster.people_match import Known, Matches
from techdesk.directory.imports.temporary import tell_joined
from techdesk.directory.models import Person, RoleAssignment
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import Part, Scope, changed_facts, note, refuse
from techdesk.jobs.models import ImportRow

#: Facts the roster owns, as they are on the person.
OWNED = ("kind", "given_name", "middle_name", "family_name", "username", "identifier", "grade", "phone", "email")
NEVER_SWITCHED_OFF = "district_admin"


class PeoplePart(Part):
    name = "users"
    tables = ("directory_person",)
    label = gettext_lazy("People")
    telling = ("kind", "grade", "roles", "email")
    fields = {
        "given_name": gettext_lazy("Given name"),
        "middle_name": gettext_lazy("Middle name"),
        "family_name": gettext_lazy("Family name"),
        "kind": gettext_lazy("Kind"),
        "email": gettext_lazy("Email"),
        "identifier": gettext_lazy("Card number"),
        "username": gettext_lazy("User name"),
        "grade": gettext_lazy("Grade"),
        "phone": gettext_lazy("Phone"),
        "roles": gettext_lazy("Roles"),
        "listed": gettext_lazy("In the roster"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        places = Places.of(scope)
        for row in rows:
            _resolve_roles(row, places)
        open_rows = [row for row in rows if row.verdict != Verdict.REFUSE]
        known = Known.of(open_rows, scope)
        matches = Matches(known, scope, places.ids)
        for row in open_rows:
            person = matches.find(row)
            if person is not None and row.verdict != Verdict.REFUSE:
                _compare(row, person, known, places)
        scope.cache["people"] = known

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        known: Known = scope.cache["people"]
        write_people(
            actor=actor,
            run=scope.run,
            rows=rows,
            people=known.people,
            roles=known.roles,
            school_ids={**Places.of(scope).ids, WHOLE_DISTRICT: None},
        )

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        return gone_rows(scope, self.name, "person")

    def listed_count(self, scope: Scope) -> int:
        return listed_count(scope, "person")

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [_title(row) for row in rows]

    def word(self, name: str, value: str) -> str:
        if name == "kind":
            return str(PersonKind(value).label)
        if name == "roles":
            role, _at, code = value.partition("@")
            place = _("whole district") if code == WHOLE_DISTRICT else code
            return f"{ROLES[role]} ({place})"
        return value

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        students = (r for r in rows if PersonKind.STUDENT in (r.data.get("kind"), r.before.get("kind")))
        return [row.target_id for row in students if row.target_id is not None]


def _title(row: ImportRow) -> str:
    facts = {**row.before, **row.data}
    name = f"{facts.get('given_name', '')} {facts.get('family_name', '')}".strip()
    return name or row.key


def _resolve_roles(row: ImportRow, places: Places) -> None:
    if "_held" not in row.data:
        return
    roles = set()
    for role, org in row.data["_held"]:
        code = places.code(org)
        if code is None:
            unknown_school(row, org)
            return
        roles.add(f"{role}@{code}")
    row.data["roles"] = sorted(roles)


def _compare(row: ImportRow, person: Person, known: Known, places: Places) -> None:
    link = known.links.get(row.key)
    others = [one for one in known.links_to.get(person.pk, []) if link is None or one.pk != link.pk]
    held = known.roles.get(person.pk, [])
    row.target_id = person.pk
    row.before = {name: getattr(person, name) for name in OWNED}
    row.before["email"] = person.email or ""
    if any(one.source == GrantSource.PERSON for one in held) and row.data.get("email", "") not in ("", person.email):
        # Whoever may import a roster must not get at the account of somebody who may do more.
        del row.before["email"]
        message = _("This person holds roles that people gave, so the email address stays. Change it by hand.")
        note(row, "email_kept", message)
    row.before["roles"] = _roles_before(row, held, places, is_shared=is_listed_elsewhere(link, others))
    row.before["listed"] = link is not None and link.present
    row.before["_active"] = person.is_active
    if person.is_temporary and link is None and row.data["listed"]:
        row.before["_temporary"] = True
        tell_joined(row)
    if row.before["listed"] and not row.data["listed"]:
        if any(one.role == NEVER_SWITCHED_OFF for one in held):
            message = _("This person runs the district's Techdesk and stays on. Switch them off by hand if they left.")
            refuse(row, "runs_the_district", message)
        elif is_listed_elsewhere(link, others):
            row.before["_stays"] = True
            note(row, "listed_elsewhere", _("Another roster still lists this person, so the account stays on."))
    elif row.before["listed"] and not person.is_active and changed_facts(row):
        note(row, "switched_off", _("A person switched this account off, so it stays off."))


def _roles_before(row: ImportRow, held: Sequence[RoleAssignment], places: Places, *, is_shared: bool) -> list[str]:
    """The roles that count for the comparison: those the roster wants and the person holds (whoever gave them), and
    those the roster gave and wants no more. Where two rosters share a person, neither takes the other's away."""
    wanted = set(row.data.get("roles", ()))
    found = set()
    for one in held:
        word = f"{one.role}@{places.codes[one.school_id] if one.school_id else WHOLE_DISTRICT}"
        if word in wanted or (one.source in TAKEN_OVER and not is_shared):
            found.add(word)
    return sorted(found)
