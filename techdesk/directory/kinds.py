"""The kinds of notices about a person's own account. Nobody may miss them: they go out by mail, at once."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from techdesk.directory.links import INVITATION_KIND, PASSWORD_KIND
from techdesk.notifications.hooks import Kind

_ACCOUNT = _("Your account")

#: Somebody added by hand waits too long for the roster.
TEMPORARY_KIND = "directory.still_temporary"

#: A token of the REST API was made for somebody's account.
TOKEN_KIND = "directory.token_made"  # noqa: S105 - a name, not a secret

KINDS = (
    Kind(
        TEMPORARY_KIND,
        _("Not in the roster yet"),
        _("When somebody who was added by hand is missing in the roster after two weeks of school."),
        _("People"),
        for_action="directory.add_person",
    ),
    Kind(
        INVITATION_KIND,
        _("Invitation"),
        _("The link to choose your first password."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
    Kind(
        PASSWORD_KIND,
        _("Link for a new password"),
        _("When somebody asks for a new password for your account."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
    Kind(
        "directory.password_set",
        _("Password changed"),
        _("When your password was set, so that you notice if it was not you."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
    Kind(
        TOKEN_KIND,
        _("Token made"),
        _("When a token for the REST API was made for your account, so that you notice if it was not you."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
    Kind(
        "directory.second_factor_reset",
        _("Second step taken off"),
        _("When an administrator took off your second step to sign in."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
    Kind(
        "directory.emergency_access",
        _("Emergency account"),
        _("When the emergency account is opened or used. Administrators only."),
        _ACCOUNT,
        may_switch_off=False,
        is_urgent=True,
    ),
)
