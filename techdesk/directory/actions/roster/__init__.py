"""Carrying out the verdicts of a roster import, set-based: a bounded number of queries per batch, whatever its size.

Each function gets the rows of one batch whose verdict is create, update or deactivate, and the objects that the
comparison read and locked in the same transaction. `row.before` says what was there, `row.data` what it becomes;
`row.target_id` is set for what is created.
"""

from techdesk.directory.actions.roster.enrolments import write_enrolments
from techdesk.directory.actions.roster.orgs import write_orgs
from techdesk.directory.actions.roster.people import TAKEN_OVER, write_people
from techdesk.directory.actions.roster.rooms import write_rooms
from techdesk.directory.actions.roster.sections import write_sections
from techdesk.directory.actions.roster.sessions import write_sessions

__all__ = [
    "TAKEN_OVER",
    "write_enrolments",
    "write_orgs",
    "write_people",
    "write_rooms",
    "write_sections",
    "write_sessions",
]
