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
    add_closed_day,
    change_school,
    create_room,
    create_school,
    create_school_year,
    remove_closed_day,
    set_hours,
)
from techdesk.directory.actions.token import create_token, revoke_token

__all__ = [
    "InvitationGone",
    "accept_invitation",
    "add_closed_day",
    "change_own_settings",
    "change_person",
    "change_school",
    "create_person",
    "create_room",
    "create_school",
    "create_school_year",
    "create_token",
    "deactivate_people",
    "end_role",
    "find_invitation",
    "grant_role",
    "invite",
    "mail_password_link",
    "reactivate_people",
    "remove_closed_day",
    "revoke_token",
    "service_person",
    "set_hours",
    "set_password",
]
