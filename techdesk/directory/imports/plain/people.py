"""Students and staff of a plain file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from techdesk.base.policy import ROLES
from techdesk.directory.actions.roster import TAKEN_OVER, write_people
from techdesk.directory.choices import PersonKind
from techdesk.directory.imports.plain.cells import grade_code
from techdesk.directory.imports.plain.known import OTHER_SCHOOL, Known, find_people, names_fit, school_of
from techdesk.directory.models import ExternalId, Person
from techdesk.jobs.hooks import Part, Scope, changed_facts, note, refuse
from techdesk.jobs.models import ImportRow

#: Facts of the person that a file may change, where it has them.
OWNED = ("given_name", "middle_name", "family_name", "username", "identifier", "grade", "phone")
NEVER_SWITCHED_OFF = "district_admin"
#: Guardians have keys of their own, see rows._guardian_key.
GUARDIAN_KEYS = "g:"


class PeoplePart(Part):
    name = "people"
    tables = ("directory_person",)
    label = gettext_lazy("People")
    telling = ("kind", "grade", "roles", "email", "identifier")
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
        "listed": gettext_lazy("In the file"),
    }

    def compare(self, rows: Sequence[ImportRow], scope: Scope) -> None:
        known = Known.of(rows, scope)
        for row in rows:
            self._judge(row, known, scope)
        scope.cache["people"] = known

    def _judge(self, row: ImportRow, known: Known, scope: Scope) -> None:
        if "_bad_email" in row.data:
            note(row, "bad_email", _("The email address is not one, so it was left out."))
        if "_bad_grade" in row.data:
            message = _("“%(grade)s” is no grade we know, so it was left out. Write K or 1 to 12.")
            note(row, "bad_grade", message % {"grade": row.data["_bad_grade"]})
        person = _find(row, known)
        if row.verdict:
            return
        _claim(row, person, known, scope)
        if row.verdict or person is None:
            return
        if row.data["listed"]:
            _compare(row, person, known, scope)
        else:
            _leave(row, person, known, scope)

    def write(self, rows: Sequence[ImportRow], *, actor: Any, scope: Scope) -> None:
        known: Known = scope.cache["people"]
        school = school_of(scope)
        write_people(
            actor=actor,
            run=scope.run,
            rows=rows,
            people=known.people,
            roles=known.roles,
            school_ids={school.code: school.pk},
        )

    def missing(self, scope: Scope) -> Iterator[ImportRow]:
        """Whom earlier files of this school brought and this one, which has everybody, has not. Of the kinds in it:
        a list of all students says nothing about staff."""
        if not scope.delivery.complete(self.name):
            return
        matched = set(find_people(scope.delivery.keys[self.name], scope).values())
        file = scope.delivery.sources[0].table.name
        for value, target_id in _listed(scope).order_by("pk").values_list("value", "target_id").iterator(2000):
            if target_id not in matched:
                yield ImportRow(part=self.name, file=file, number=0, key=value, data={"listed": False})

    def listed_count(self, scope: Scope) -> int:
        return _listed(scope).count()

    def titles(self, rows: Sequence[ImportRow]) -> list[str]:
        return [title_of(row) for row in rows]

    def word(self, name: str, value: str) -> str:
        if name == "kind":
            return str(PersonKind(value).label)
        if name == "roles":
            role, _at, code = value.partition("@")
            return f"{ROLES[role]} ({code})"
        return value

    def student_ids(self, rows: Sequence[ImportRow]) -> list[int]:
        students = (r for r in rows if PersonKind.STUDENT in (r.data.get("kind"), r.before.get("_kind")))
        return [row.target_id for row in students if row.target_id is not None]


def title_of(row: ImportRow) -> str:
    facts = {**row.before, **row.data}
    given, family = facts.get("given_name", facts.get("_given", "")), facts.get("family_name", facts.get("_family", ""))
    return f"{given} {family}".strip()


def _listed(scope: Scope) -> Any:
    kinds = [kind for kind in scope.delivery.kinds if kind]
    people = Person.objects.filter(kind__in=kinds).values("pk")
    links = ExternalId.objects.filter(source=scope.run.source, kind="person", present=True, target_id__in=people)
    return links.exclude(value__startswith=GUARDIAN_KEYS)


def _find(row: ImportRow, known: Known) -> Person | None:
    """The person of a row, or None for a new one; refuses what cannot be told apart."""
    link = known.links.get(row.key)
    if link is not None:
        person = known.people.get(link.target_id)
        if person is not None and row.data["listed"] and not row.key.startswith("id:"):
            _must_fit(row, person)
        return person
    card = row.data.get("identifier", "").lower() or row.key.removeprefix("card:") * row.key.startswith("card:")
    here = known.by_card.get(card, ()) if card else ()
    if len(here) > 1:
        message = _("Several people here have this card number. Correct that first.")
        refuse(row, "two_candidates", message)
        return None
    email = row.data.get("email") or row.key.removeprefix("mail:") * row.key.startswith("mail:")
    person = here[0] if here else known.by_email.get(email or "")
    if person is not None and row.data["listed"]:
        _must_fit(row, person)
    return person


def _must_fit(row: ImportRow, person: Person) -> None:
    if person.is_service or person.kind == PersonKind.GUARDIAN and row.data["kind"] == PersonKind.STUDENT:
        refuse(row, "duplicate_email", _("Somebody else here has this email address already. Correct it."))
    elif not names_fit(person, row.data):
        message = _("Somebody of another name has this number or address here already. Correct it in one of the two.")
        refuse(row, "other_name", message)


def _claim(row: ImportRow, person: Person | None, known: Known, scope: Scope) -> None:
    """Nobody twice in one import, and no address or card number of somebody else."""
    # Number 0: not a row of the file but somebody it no longer has; under two keys they are there twice.
    first = scope.claim("person", str(person.pk), row) if person is not None and row.number else None
    if first:
        message = _("%(first)s is the same person. The first one stands.") % {"first": first}
        refuse(row, "same_person_twice", message)
        return
    if not row.data["listed"]:
        return
    card, email = row.data.get("identifier", "").lower(), row.data.get("email", "")
    if card and (first := scope.claim("card", card, row)):
        refuse(row, "duplicate_identifier", _("%(first)s has the same card number.") % {"first": first})
    elif card and any(person is None or one.pk != person.pk for one in known.by_card.get(card, ())):
        message = _("Somebody else at this school has this card number already. Correct it in one of the two places.")
        refuse(row, "duplicate_identifier", message)
    elif email and (first := scope.claim("email", email, row)):
        refuse(row, "duplicate_email", _("%(first)s has the same email address.") % {"first": first})
    elif email and (holder := known.by_email.get(email)) and (person is None or holder.pk != person.pk):
        message = _("Somebody else here has this email address already. Correct it in one of the two places.")
        refuse(row, "duplicate_email", message)


def _compare(row: ImportRow, person: Person, known: Known, scope: Scope) -> None:
    link = known.links.get(row.key)
    held = known.roles.get(person.pk, [])
    homes = known.homes.get(person.pk, set())
    if person.kind != row.data["kind"]:
        message = _("Here this person is %(kind)s, in the file something else. Correct it in one of the two places.")
        refuse(row, "other_kind", message % {"kind": person.get_kind_display()})
        return
    if _is_foreign(homes, scope):
        refuse(row, "other_school", OTHER_SCHOOL)
        return
    was_listed = link is not None and link.present
    if not person.is_active and link is None:
        message = _("This account was switched off. Switch it on by hand if they are back, then import again.")
        refuse(row, "switched_off", message)
        return
    row.target_id = person.pk
    row.before = {name: getattr(person, name) for name in OWNED if name in row.data}
    if "grade" in row.before and grade_code(person.grade) == row.data["grade"]:
        row.before["grade"] = row.data["grade"]  # "5" and "05" are one grade
    row.before |= {"_kind": person.kind, "_given": person.given_name, "_family": person.family_name}
    row.before |= {"_active": person.is_active, "_temporary": person.is_temporary and not was_listed}
    if "email" in row.data:
        if _keeps_email(row, person, held, homes, scope):
            message = _("The email address stays: it is one somebody signs in with. Change it by hand.")
            note(row, "email_kept", message)
        else:
            row.before["email"] = person.email or ""
    wanted = set(row.data["roles"])
    row.before["roles"] = sorted(wanted & {_word(one, scope) for one in held})
    row.before["listed"] = was_listed
    if was_listed and not person.is_active and changed_facts(row):
        note(row, "switched_off", _("A person switched this account off, so it stays off."))


def _word(one: Any, scope: Scope) -> str:
    return f"{one.role}@{school_of(scope).code}" if one.school_id == scope.run.school_id else ""


def _is_foreign(homes: Any, scope: Scope) -> bool:
    """Does a person belong to schools that whoever imports may not import for? The command may for all."""
    allowed = scope.allowed_schools()
    return bool(homes) and allowed is not None and not {*allowed, scope.run.school_id} & set(homes)


def _keeps_email(row: ImportRow, person: Person, held: Any, homes: Any, scope: Scope) -> bool:
    """Whoever may import for one school must not get at an account that may do more, or that is in use."""
    if not person.email or person.email.lower() == row.data["email"]:
        return False
    elsewhere = set(homes) - {scope.run.school_id}
    return person.has_password or bool(elsewhere) or any(one.source not in TAKEN_OVER for one in held)


def _leave(row: ImportRow, person: Person, known: Known, scope: Scope) -> None:
    """Who left: only whom files of this school brought. Who has something else to do here, or is on another list,
    loses the roles at this school and stays on."""
    link = known.links.get(row.key)
    row.target_id = person.pk
    held = known.roles.get(person.pk, [])
    ended = [one for one in held if one.school_id == scope.run.school_id and one.source in TAKEN_OVER]
    row.before = {"listed": link is not None and link.present, "_kind": person.kind, "_active": person.is_active}
    row.before |= {"_given": person.given_name, "_family": person.family_name}
    if not row.before["listed"]:
        return
    if any(one.role == NEVER_SWITCHED_OFF for one in held):
        message = _("This person runs the district's Techdesk and stays on. Switch them off by hand if they left.")
        refuse(row, "runs_the_district", message)
        return
    row.before["roles"] = sorted(_word(one, scope) for one in ended)
    others = [one for one in known.links_to.get(person.pk, []) if one.present and one.source != scope.run.source]
    if others or len(held) > len(ended):
        row.before |= {"_stays": True, "_ends_roles": True}
        note(row, "listed_elsewhere", _("This person is on another list or has another role, so the account stays on."))
