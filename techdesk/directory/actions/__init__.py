from techdesk.directory.actions.calendar import (
    Span,
    TermInput,
    add_closed_day,
    announce_closed_day,
    change_school_year,
    close_days,
    create_school_year,
    open_days,
    remove_closed_day,
    remove_short_day,
    set_hours,
    set_short_day,
)
from techdesk.directory.actions.calendar_bells import (
    PeriodInput,
    remove_cycle,
    retire_bell_schedule,
    save_bell_schedule,
    set_cycle,
    set_schedule_day,
)
from techdesk.directory.actions.calendar_feed import feed_hash, make_calendar_feed, stop_calendar_feed
from techdesk.directory.actions.emergency import (
    end_emergency_access,
    end_expired_emergency,
    note_emergency_sign_in,
    open_emergency_access,
)
from techdesk.directory.actions.invitation import InvitationGone, accept_invitation, find_invitation, invite
from techdesk.directory.actions.password import mail_password_link, set_password
from techdesk.directory.actions.person import (
    change_own_settings,
    change_person,
    create_person,
    deactivate_people,
    reactivate_people,
    service_person,
)
from techdesk.directory.actions.role import end_role, grant_role
from techdesk.directory.actions.school import (
    change_school,
    create_room,
    create_school,
)
from techdesk.directory.actions.settings import set_settings
from techdesk.directory.actions.sign_in import (
    end_sessions,
    forget_sessions,
    note_second_factor,
    note_session_seen,
    require_second_factor,
    reset_second_factor,
)
from techdesk.directory.actions.temporary import add_person, join_temporary, tell_of_temporaries
from techdesk.directory.actions.token import create_token, revoke_token

__all__ = [
    "InvitationGone",
    "PeriodInput",
    "Span",
    "TermInput",
    "accept_invitation",
    "add_closed_day",
    "add_person",
    "announce_closed_day",
    "change_own_settings",
    "change_person",
    "change_school",
    "change_school_year",
    "close_days",
    "create_person",
    "create_room",
    "create_school",
    "create_school_year",
    "create_token",
    "deactivate_people",
    "end_emergency_access",
    "end_expired_emergency",
    "end_role",
    "end_sessions",
    "feed_hash",
    "find_invitation",
    "forget_sessions",
    "grant_role",
    "invite",
    "join_temporary",
    "mail_password_link",
    "make_calendar_feed",
    "note_emergency_sign_in",
    "note_second_factor",
    "note_session_seen",
    "open_days",
    "open_emergency_access",
    "reactivate_people",
    "remove_closed_day",
    "remove_cycle",
    "remove_short_day",
    "require_second_factor",
    "reset_second_factor",
    "retire_bell_schedule",
    "revoke_token",
    "save_bell_schedule",
    "service_person",
    "tell_of_temporaries",
    "set_cycle",
    "set_hours",
    "set_password",
    "set_schedule_day",
    "set_settings",
    "set_short_day",
    "stop_calendar_feed",
]
