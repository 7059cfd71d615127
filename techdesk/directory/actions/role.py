"""Roles: granted and ended, never deleted."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import DISTRICT_ROLES, ROLES, ROSTER_ROLES
from techdesk.directory.actions.locks import lock_person
from techdesk.directory.actions.sign_in import sign_out_for_second_factor
from techdesk.directory.choices import GrantSource, PersonKind
from techdesk.directory.models import Person, RoleAssignment, School

#: What a student or a guardian may hold: nothing that opens other people's records.
ROLES_OF_KIND = {
    PersonKind.STUDENT.value: frozenset({"student", "library_aide"}),
    PersonKind.GUARDIAN.value: frozenset({"guardian"}),
}


def _refuse(message: object, code: str, field: str = "role") -> BadInput:
    return BadInput(message, code=code, errors={field: [message]})


def _check(person: Person, role: str, school: School | None, source: str) -> None:
    if role not in ROLES:
        names = ", ".join(sorted(ROLES))
        raise _refuse(_("There is no such role. Choose one of: %(names)s.") % {"names": names}, "unknown_role")
    if source not in GrantSource.values:
        raise _refuse(_("A role comes from a person or from the roster."), "unknown_source", "source")
    if source == GrantSource.ROSTER and role not in ROSTER_ROLES:
        raise _refuse(_("A roster gives only the roles teacher, staff and student."), "not_a_roster_role")
    if role in DISTRICT_ROLES and school is not None:
        raise _refuse(_("This role is held for the whole district. Leave the school out."), "district_role", "school")
    allowed = ROLES_OF_KIND.get(person.kind)
    if allowed is not None and role not in allowed:
        raise _refuse(_("This role is for staff only."), "role_for_staff")
    if not person.is_active:
        raise NotPossible(_("This person's account is off. Switch it on first."), code="person_inactive")


@transaction.atomic
def grant_role(
    *,
    actor: Person,
    person: Person,
    role: str,
    school: School | None = None,
    source: str = GrantSource.PERSON,
) -> RoleAssignment:
    """Give `person` a role at `school`, or district-wide without one. Holding it already changes nothing.

    source: "person" or "roster"; a roster may give only teacher, staff and student. Raises BadInput
    (`unknown_role`, `not_a_roster_role`, `district_role`, `role_for_staff`), NotPossible (`person_inactive`).
    """
    kept = lock_person(person)
    _check(kept, role, school, source)
    held = RoleAssignment.objects.in_force().filter(person=kept, role=role, school=school).first()
    if held is not None:
        return held
    assignment = RoleAssignment.objects.create(person=kept, role=role, school=school, source=source, granted_by=actor)
    _tell(actor, kept, "grant_role", assignment)
    sign_out_for_second_factor(kept, role)
    person.__dict__.pop("access", None)
    return assignment


@transaction.atomic
def end_role(*, actor: Person, assignment: RoleAssignment) -> RoleAssignment:
    """End a role that is held. One that ended already stays as it is.

    Raises NotPossible (`yourself`) where an administrator of the district would end what makes them one.
    """
    person = lock_person(assignment.person)
    kept = RoleAssignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
    if kept.ended_at is not None:
        return kept
    if kept.role == "district_admin" and person.pk == actor.pk:
        raise NotPossible(_("Only another administrator can take this role from you."), code="yourself")
    kept.ended_at = now()
    kept.save(update_fields=["ended_at"])
    _tell(actor, person, "end_role", kept)
    assignment.person.__dict__.pop("access", None)
    return kept


def _tell(actor: Person, person: Person, verb: str, assignment: RoleAssignment) -> None:
    """The person's page shows roles: a new version, and a line of history that names role and school."""
    person.write()
    code = assignment.school.code if assignment.school else None
    record(
        actor=actor,
        verb=verb,
        thing=person,
        facts={"role": assignment.role, "school": code, "source": assignment.source},
    )
