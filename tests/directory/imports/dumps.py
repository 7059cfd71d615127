"""What a roster left in the database, told by the roster's own names, so that two imports can be compared."""

from __future__ import annotations

from typing import Any

from techdesk.directory.models import Enrolment, ExternalId, Person, RoleAssignment, School, Section


def dump(source: str) -> dict[str, Any]:
    """Schools, people with their roles, sections with their terms, enrolments; nothing that numbers or moments make."""
    names = {(link.kind, link.target_id): link.value for link in ExternalId.objects.filter(source=source)}
    return {
        "schools": {
            names["school", school.pk]: (school.code, school.name, school.is_active) for school in School.objects.all()
        },
        "people": {
            names["person", person.pk]: (
                person.kind,
                person.given_name,
                person.middle_name,
                person.family_name,
                person.sort_name,
                person.search_text,
                person.email,
                person.username,
                person.identifier,
                person.grade,
                person.phone,
                person.is_active,
                sorted(
                    (held.role, held.school.code if held.school else "*", held.source)
                    for held in RoleAssignment.objects.in_force().filter(person=person)
                ),
            )
            for person in Person.objects.exclude(kind="service")
        },
        "sections": {
            names["section", section.pk]: (
                section.school.code,
                section.year and section.year.name,
                sorted(term.name for term in section.terms.all()),
                section.title,
                section.code,
                section.kind,
                section.course_title,
                section.grades,
                section.periods,
                section.location,
                section.is_active,
            )
            for section in Section.objects.all()
        },
        "enrolments": {
            names["enrolment", one.pk]: (
                names["section", one.section_id],
                names["person", one.person_id],
                one.role,
                one.is_primary,
                one.begins_on,
                one.ends_on,
                one.is_active,
            )
            for one in Enrolment.objects.all()
        },
    }
