from techdesk.directory.queries.calendar import (
    Calendar,
    NoSchoolDays,
    add_school_days,
    add_school_minutes,
    is_school_day,
    next_school_time,
    school_calendar,
    school_minutes_between,
)
from techdesk.directory.queries.people import (
    account_state,
    guardians_of,
    invitations_of,
    roles_of,
    sections_of,
    students_among,
    wards_of,
)

__all__ = [
    "Calendar",
    "NoSchoolDays",
    "account_state",
    "add_school_days",
    "add_school_minutes",
    "guardians_of",
    "invitations_of",
    "is_school_day",
    "next_school_time",
    "roles_of",
    "school_calendar",
    "school_minutes_between",
    "sections_of",
    "students_among",
    "wards_of",
]
