from techdesk.directory.models.bells import BellPeriod, BellSchedule, DayCycle, ScheduleDay
from techdesk.directory.models.calendar import CalendarFeed, ClosedDay, SchoolHours, SchoolYear, ShortDay, Term
from techdesk.directory.models.emergency import EmergencyAccess
from techdesk.directory.models.external import ExternalId
from techdesk.directory.models.guardianship import Guardianship
from techdesk.directory.models.invitation import Invitation
from techdesk.directory.models.person import Person, RoleAssignment
from techdesk.directory.models.school import District, Room, School
from techdesk.directory.models.section import Enrolment, Section
from techdesk.directory.models.settings import SettingValue
from techdesk.directory.models.year_change import YearChange

__all__ = [
    "BellPeriod",
    "BellSchedule",
    "CalendarFeed",
    "ClosedDay",
    "DayCycle",
    "District",
    "EmergencyAccess",
    "Enrolment",
    "ExternalId",
    "Guardianship",
    "Invitation",
    "Person",
    "RoleAssignment",
    "Room",
    "ScheduleDay",
    "School",
    "SchoolHours",
    "SchoolYear",
    "Section",
    "ShortDay",
    "SettingValue",
    "Term",
    "YearChange",
]
