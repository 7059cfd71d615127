"""People of a roster, the roles it grants, and who is switched off or on again with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.hashers import make_password

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.directory.actions.links import write_links
from techdesk.directory.actions.person import deactivate_people, reactivate_people
from techdesk.directory.actions.temporary import end_unlisted_classes
from techdesk.directory.choices import GrantSource
from techdesk.directory.models import Invitation, Person, RoleAssignment
from techdesk.jobs.choices import Verdict
from techdesk.jobs.hooks import changed_facts, target
from techdesk.jobs.models import ImportRow, ImportRun

#: Roles a roster ends when it wants them no more: its own, and those that stood in for them.
TAKEN_OVER = (GrantSource.ROSTER, GrantSource.TEMPORARY)
_TEXTS = ("given_name", "middle_name", "family_name", "username", "identifier", "grade", "phone")
#: Facts that are fields of the person.
_FIELDS = ("kind", *_TEXTS, "email")


def write_people(
    *,
    actor: Person,
    run: ImportRun,
    rows: Sequence[ImportRow],
    people: Mapping[int, Person],
    roles: Mapping[int, Sequence[RoleAssignment]],
    school_ids: Mapping[str, int | None],
) -> None:
    """Create and change people, give and end roles of the roster's granting, switch people off and on.

    people, roles: what the comparison locked and read, by person id. school_ids: code -> id, "*" -> None (the whole
    district). Raises NotPossible `yourself` when the roster would switch off the actor.
    """
    created = [row for row in rows if row.verdict == Verdict.CREATE]
    existing = [row for row in rows if row.verdict != Verdict.CREATE]
    people = {**people, **_create(created)}
    deeds = [_deed("create", people, row, run, roles=row.data.get("roles", [])) for row in created]
    changed = _change(existing, people)
    _take_over(existing, people, changed)
    _grant(actor, rows, school_ids)
    ended = _end(existing, roles, school_ids)
    touched = {**changed}
    for row in existing:
        if row.target_id in ended or set(changed_facts(row)) & {"roles"}:
            touched.setdefault(target(row), people[target(row)])
    _save(touched.values(), existing)
    deeds += [
        _deed("change", people, row, run, fields=sorted(changed_facts(row)))
        for row in existing
        if row.target_id in touched
    ]
    record_many(actor=actor, deeds=deeds)
    write_links(source=run.source, kind="person", rows=rows)
    leaving = [r for r in existing if r.verdict == Verdict.DEACTIVATE and not r.before.get("_stays")]
    if leaving:
        deactivate_people(actor=actor, people=[people[target(row)] for row in leaving])
    returning = [r for r in existing if r.data["listed"] and not r.before["listed"] and not r.before["_active"]]
    if returning:
        reactivate_people(actor=actor, people=[people[target(row)] for row in returning])


def _create(rows: Sequence[ImportRow]) -> dict[int, Person]:
    moment = now()
    people = []
    for row in rows:
        person = Person(password=make_password(None), is_active=bool(row.data["listed"]))
        _put(person, row)
        if not person.is_active:
            person.deactivated_at = moment
        people.append(person)
    Person.objects.bulk_create(people)
    for row, person in zip(rows, people, strict=True):
        row.target_id = person.pk
    return {person.pk: person for person in people}


def _put(person: Person, row: ImportRow) -> bool:
    """Set what the row says; was anything new?"""
    is_new = False
    for name in _FIELDS:
        if name not in row.data or (row.verdict != Verdict.CREATE and name not in row.before):
            continue
        value = (row.data[name] or None) if name == "email" else row.data[name]
        if getattr(person, name) != value:
            setattr(person, name, value)
            is_new = True
    person.fill_search()
    return is_new


def _change(rows: Sequence[ImportRow], people: Mapping[int, Person]) -> dict[int, Person]:
    return {person.pk: person for row in rows if _put(person := people[target(row)], row)}


def _take_over(rows: Sequence[ImportRow], people: Mapping[int, Person], changed: dict[int, Person]) -> None:
    """Who was added by hand is the roster's from now on, with roles and classes."""
    joined = [target(row) for row in rows if row.before.get("_temporary")]
    if not joined:
        return
    for pk in joined:
        people[pk].is_temporary = False
        changed[pk] = people[pk]
    waiting = RoleAssignment.objects.in_force().filter(person_id__in=joined, source=GrantSource.TEMPORARY)
    waiting.update(source=GrantSource.ROSTER)
    end_unlisted_classes(joined)


def _save(people: Iterable[Person], rows: Sequence[ImportRow]) -> None:
    touched, moment = list(people), now()
    fields = {name for row in rows for name in changed_facts(row) if name in _FIELDS}
    for person in touched:
        person.version, person.updated_at = person.version + 1, moment
    if any(row.before.get("_temporary") for row in rows):
        fields.add("is_temporary")
    Person.objects.bulk_update(
        touched, [*sorted(fields), "sort_name", "search_text", "version", "updated_at"], batch_size=250
    )
    readdressed = [target(row) for row in rows if "email" in changed_facts(row)]
    if readdressed:
        Invitation.objects.open().filter(person_id__in=readdressed).update(revoked_at=moment)


def _split(word: str, school_ids: Mapping[str, int | None]) -> tuple[str, int | None]:
    role, _at, code = word.partition("@")
    return role, school_ids[code]


def _grant(actor: Person, rows: Sequence[ImportRow], school_ids: Mapping[str, int | None]) -> None:
    new = []
    for row in rows:
        held = set(row.before.get("roles", ()))
        for word in row.data.get("roles", ()):
            if word not in held:
                role, school_id = _split(word, school_ids)
                new.append(
                    RoleAssignment(
                        person_id=target(row),
                        role=role,
                        school_id=school_id,
                        source=GrantSource.ROSTER,
                        granted_by=actor,
                    )
                )
    RoleAssignment.objects.bulk_create(new)


def _end(
    rows: Sequence[ImportRow],
    roles: Mapping[int, Sequence[RoleAssignment]],
    school_ids: Mapping[str, int | None],
) -> set[int]:
    """End roles the roster gave and wants no more, or all it gave to those who leave; return whose they were."""
    ended, whose = [], set()
    for row in rows:
        if row.verdict == Verdict.DEACTIVATE:
            if row.before.get("_stays") and not row.before.get("_ends_roles"):
                continue
            wanted: set[tuple[str, int | None]] = set()
        elif "roles" in row.data and "roles" in changed_facts(row):
            wanted = {_split(word, school_ids) for word in row.data["roles"]}
        else:
            continue
        dropped = {_split(word, school_ids) for word in row.before["roles"]} - wanted
        for held in roles.get(target(row), ()):
            if held.source in TAKEN_OVER and (held.role, held.school_id) in dropped:
                ended.append(held.pk)
                whose.add(held.person_id)
    if ended:
        RoleAssignment.objects.filter(pk__in=ended).update(ended_at=now())
    return whose


def _deed(verb: str, people: Mapping[int, Person], row: ImportRow, run: ImportRun, **facts: Any) -> Deed:
    return Deed(verb, people[target(row)], {**facts, "import": run.public_key})
