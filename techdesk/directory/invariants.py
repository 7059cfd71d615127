"""What the records of people, schools, classes and calendars promise."""

from __future__ import annotations

from collections.abc import Iterable

from techdesk.audit.hooks import feed_not_ahead
from techdesk.base.invariants import invariant
from techdesk.directory.actions.role import ROLES_OF_KIND
from techdesk.directory.hooks import external_kinds, register_external_kind
from techdesk.directory.switches import Level, all_settings


def _listed(names: Iterable[str]) -> str:
    """Names from our own code as a list for SQL; an empty list as one that nothing is in."""
    return ", ".join(f"'{name}'" for name in sorted(names)) or "NULL"


for _kind, _table in {
    "district": "directory_district",
    "school": "directory_school",
    "person": "directory_person",
    "section": "directory_section",
    "enrolment": "directory_enrolment",
    "year": "directory_schoolyear",
    "term": "directory_term",
}.items():
    register_external_kind(_kind, _table)


def _unknown_kinds() -> str:
    return f"""
        SELECT format('%s %s %s', source, kind, value) FROM directory_externalid
        WHERE kind NOT IN ({_listed(external_kinds())})
    """  # noqa: S608 - the kinds are written in code


def _unknown_settings() -> str:
    everywhere = _listed(one.name for one in all_settings())
    only_district = _listed(one.name for one in all_settings(Level.DISTRICT))
    return f"""
        SELECT format('%s at %s', value.name, coalesce(school.code, 'the district'))
        FROM directory_settingvalue AS value
        LEFT JOIN directory_school AS school ON school.id = value.school_id
        WHERE value.name NOT IN ({everywhere}) OR value.school_id IS NOT NULL AND value.name IN ({only_district})
    """  # noqa: S608 - the names are written in code


def _roles_of_other_kinds() -> str:
    wrong = " OR ".join(
        f"person.kind = '{kind}' AND role.role NOT IN ({_listed(roles)})" for kind, roles in ROLES_OF_KIND.items()
    )
    return f"""
        SELECT DISTINCT person.key FROM directory_roleassignment AS role
        JOIN directory_person AS person ON person.id = role.person_id WHERE role.ended_at IS NULL AND ({wrong})
    """  # noqa: S608 - kinds and roles are written in code


invariant(
    "directory.one_district",
    """
    SELECT format('%s districts', count(*)) FROM directory_district HAVING count(*) > 1
    UNION ALL SELECT 'none, but settings of one' WHERE NOT EXISTS (SELECT FROM directory_district)
        AND EXISTS (SELECT FROM directory_settingvalue WHERE school_id IS NULL)
    """,
    "One installation is one district.",
)
invariant(
    "directory.external_ids_are_of_known_kinds",
    _unknown_kinds,
    "What other systems call our things leads to a table we have.",
)
invariant(
    "directory.people_can_be_found",
    "SELECT key FROM directory_person WHERE sort_name = '' OR search_text = ''",
    "Everybody stands in a list and is found by their name.",
)
invariant(
    "directory.off_since_when",
    "SELECT key FROM directory_person WHERE NOT is_active AND deactivated_at IS NULL",
    "An account that is off says since when: sessions from before stay dead when it is switched on again.",
)
invariant(
    "directory.service_people_do_not_sign_in",
    """
    SELECT key FROM directory_person
    WHERE kind IN ('service', 'guardian') AND password <> '' AND password NOT LIKE '!%'
    """,
    "Only staff and students sign in; nobody else has a password.",
)
invariant(
    "directory.roles_fit_the_kind",
    _roles_of_other_kinds,
    "A student or a guardian holds nothing that opens other people's records.",
)
invariant(
    "directory.roles_end_after_they_begin",
    """
    SELECT DISTINCT person.key FROM directory_roleassignment AS role
    JOIN directory_person AS person ON person.id = role.person_id WHERE role.ended_at < role.granted_at
    """,
    "A role ends after it was given.",
)
invariant(
    "directory.guardians_look_after_students",
    """
    SELECT DISTINCT student.key FROM directory_guardianship AS bond
    JOIN directory_person AS student ON student.id = bond.student_id
    JOIN directory_person AS guardian ON guardian.id = bond.guardian_id
    WHERE bond.ended_at IS NULL
        AND (student.kind <> 'student' OR guardian.kind NOT IN ('guardian', 'staff')) OR bond.ended_at < bond.begins_at
    """,
    "Students are looked after by guardians (or staff whose child they are); anybody else would get their mail.",
)
invariant(
    "directory.enrolled_as_what_they_are",
    """
    SELECT format('%s in %s', person.key, section.key) FROM directory_enrolment AS enrolment
    JOIN directory_person AS person ON person.id = enrolment.person_id
    JOIN directory_section AS section ON section.id = enrolment.section_id
    WHERE enrolment.is_active AND (person.kind IN ('guardian', 'service')
        OR enrolment.role = 'teacher' AND person.kind = 'student')
    """,
    "Students do not teach: who teaches a class sees its students.",
)
invariant(
    "directory.terms_of_the_sections_year",
    """
    SELECT DISTINCT section.key FROM directory_section AS section
    JOIN directory_section_terms AS held ON held.section_id = section.id
    JOIN directory_term AS term ON term.id = held.term_id
    WHERE section.is_active AND section.year_id <> term.year_id
    """,
    "A class belongs to the school year of its terms.",
)
invariant(
    "directory.rooms_of_the_sections_school",
    """
    SELECT section.key FROM directory_section AS section JOIN directory_room AS room ON room.id = section.room_id
    WHERE section.is_active AND room.school_id <> section.school_id
    """,
    "A class is held at its own school.",
)
invariant(
    "directory.periods_do_not_overlap",
    """
    SELECT DISTINCT schedule.key FROM directory_bellperiod AS one
    JOIN directory_bellperiod AS other ON other.schedule_id = one.schedule_id AND other.id > one.id
        AND other.starts_at < one.ends_at AND one.starts_at < other.ends_at
    JOIN directory_bellschedule AS schedule ON schedule.id = one.schedule_id
    """,
    "One period ends before the next begins.",
)
invariant(
    "directory.schedules_of_their_own_school",
    """
    SELECT format('%s at %s', changed."on", school.code) FROM directory_scheduleday AS changed
    JOIN directory_school AS school ON school.id = changed.school_id
    JOIN directory_bellschedule AS schedule ON schedule.id = changed.schedule_id
    WHERE schedule.school_id <> changed.school_id
    """,
    "A day has a bell schedule of its own school.",
)
invariant("directory.settings_are_declared", _unknown_settings, "Every value that is kept is one that something reads.")
invariant(
    "directory.year_change_applied_has_its_moment",
    "SELECT key FROM directory_yearchange WHERE state = 'applied' AND applied_at IS NULL",
    "A New School Year run that is done says when.",
)
feed_not_ahead("people", "SELECT key::text, version, created_at FROM directory_person")
feed_not_ahead("sections", "SELECT key::text, version, created_at FROM directory_section")
feed_not_ahead("year-changes", "SELECT key::text, version, created_at FROM directory_yearchange")
feed_not_ahead("calendar_feeds", "SELECT key::text, version, created_at FROM directory_calendarfeed")
# Codes can be given anew to another room or school: only those that had theirs always are looked at.
feed_not_ahead(
    "schools",
    """
    SELECT code, version, created_at FROM directory_school AS school WHERE NOT EXISTS (
        SELECT FROM directory_schoolevent AS past WHERE past.pgh_obj_id = school.id AND past.code <> school.code)
    """,
)
feed_not_ahead(
    "rooms",
    """
    SELECT school.code || '/' || room.code, room.version, room.created_at FROM directory_room AS room
    JOIN directory_school AS school ON school.id = room.school_id
    WHERE NOT EXISTS (
        SELECT FROM directory_roomevent AS past WHERE past.pgh_obj_id = room.id AND past.code <> room.code)
    AND NOT EXISTS (
        SELECT FROM directory_schoolevent AS past WHERE past.pgh_obj_id = school.id AND past.code <> school.code)
    """,
)
