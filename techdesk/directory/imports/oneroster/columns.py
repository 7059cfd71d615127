"""The columns that are read, by heading. What is not named here never leaves the file: passwords, demographics,
identities of other systems, pronouns, phone numbers of students."""

from __future__ import annotations

from collections.abc import Mapping

Columns = Mapping[str, tuple[str, ...]]


def _same(*names: str) -> dict[str, tuple[str, ...]]:
    return {name: (name,) for name in names}


_EVERY = _same("sourcedId", "status")

MANIFEST: Columns = _same("propertyName", "value")
ORGS: Columns = {**_EVERY, **_same("name", "type", "identifier", "parentSourcedId")}
SESSIONS: Columns = {
    **_EVERY,
    **_same("title", "type", "startDate", "endDate", "parentSourcedId", "schoolYear"),
}
USERS: Columns = {
    **_EVERY,
    **_same("enabledUser", "orgSourcedIds", "role", "username", "givenName", "familyName", "middleName"),
    **_same("identifier", "email", "phone", "grades"),
    # Misspelt in exports that are in use.
    "preferredGivenName": ("preferredGivenName", "prefferedGivenName", "preferedGivenName"),
    "preferredFamilyName": ("preferredFamilyName", "prefferedFamilyName", "preferedFamilyName"),
}
ROLES: Columns = {**_EVERY, **_same("userSourcedId", "role", "beginDate", "endDate", "orgSourcedId")}
COURSES: Columns = {**_EVERY, **_same("title")}
CLASSES: Columns = {
    **_EVERY,
    **_same("title", "grades", "courseSourcedId", "classCode", "classType", "location", "schoolSourcedId"),
    **_same("termSourcedIds", "periods"),
}
ENROLLMENTS: Columns = {
    **_EVERY,
    **_same("classSourcedId", "userSourcedId", "role", "primary", "beginDate", "endDate"),
}

FILES: Mapping[str, Columns] = {
    "orgs": ORGS,
    "academicSessions": SESSIONS,
    "users": USERS,
    "roles": ROLES,
    "courses": COURSES,
    "classes": CLASSES,
    "enrollments": ENROLLMENTS,
}
#: Headings without which a file cannot be used.
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "orgs": ("sourcedId", "name", "type"),
    "academicSessions": ("sourcedId", "title", "type", "startDate", "endDate"),
    "users": ("sourcedId", "givenName", "familyName"),
    "roles": ("sourcedId", "userSourcedId", "role", "orgSourcedId"),
    "courses": ("sourcedId", "title"),
    "classes": ("sourcedId", "title", "classType", "schoolSourcedId"),
    "enrollments": ("sourcedId", "classSourcedId", "userSourcedId", "role"),
}
#: OneRoster 1.1 keeps role and schools with the user.
ROLE_IN_USERS = ("role", "orgSourcedIds")

#: OneRoster role (without case) -> our role, or "guardian" for a contact without login.
#: 1.1: administrator aide guardian parent proctor relative student teacher; 1.2 adds the others.
ROLE_OF = {
    "administrator": "staff",
    "aide": "staff",
    "counselor": "staff",
    "districtadministrator": "staff",
    "principal": "staff",
    "proctor": "staff",
    "siteadministrator": "staff",
    "systemadministrator": "staff",
    "teacher": "teacher",
    "student": "student",
    "guardian": "guardian",
    "parent": "guardian",
    "relative": "guardian",
}
#: Kinds of orgs whose staff work for the whole district.
DISTRICT_ORGS = frozenset({"district", "local", "state", "national"})
ORG_TYPES = DISTRICT_ORGS | {"school", "department"}
#: In `_held` of a person: the whole district instead of one school.
WHOLE_DISTRICT = "*"
