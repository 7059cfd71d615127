from techdesk.directory.models.calendar import ClosedDay, SchoolHours, SchoolYear, Term
from techdesk.directory.models.external import ExternalId
from techdesk.directory.models.guardianship import Guardianship
from techdesk.directory.models.invitation import Invitation
from techdesk.directory.models.person import Person, RoleAssignment
from techdesk.directory.models.school import District, Room, School
from techdesk.directory.models.section import Enrolment, Section
from techdesk.directory.models.year_change import YearChange

__all__ = [
    "ClosedDay",
    "District",
    "Enrolment",
    "ExternalId",
    "Guardianship",
    "Invitation",
    "Person",
    "RoleAssignment",
    "Room",
    "School",
    "SchoolHours",
    "SchoolYear",
    "Section",
    "Term",
    "YearChange",
]
