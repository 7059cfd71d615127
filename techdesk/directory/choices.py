"""Kinds of people, rooms, sections and terms."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone


class PersonKind(TextChoices):
    STAFF = "staff", _("Staff")
    STUDENT = "student", _("Student")
    GUARDIAN = "guardian", _("Guardian")
    SERVICE = "service", _("Automatic")  # scheduled jobs act as named service people


class SectionKind(TextChoices):
    HOMEROOM = "homeroom", _("Homeroom")
    SCHEDULED = "scheduled", _("Class")


class EnrolmentRole(TextChoices):
    TEACHER = "teacher", _("Teacher")
    STUDENT = "student", _("Student")


class TermKind(TextChoices):
    YEAR = "schoolYear", _("School year")
    SEMESTER = "semester", _("Semester")
    TERM = "term", _("Term")
    GRADING_PERIOD = "gradingPeriod", _("Grading period")


class CycleKind(TextChoices):
    ROTATING = "rotating", _("One after another, on school days")
    WEEKDAY = "weekday", _("The same name on the same weekday")


class RoomKind(TextChoices):
    CLASSROOM = "classroom", _("Classroom")
    LAB = "lab", _("Lab")
    LIBRARY = "library", _("Library")
    OFFICE = "office", _("Office")
    STORAGE = "storage", _("Storage")
    OTHER = "other", _("Other room")


class GrantSource(TextChoices):
    ROSTER = "roster", _("From the roster")
    PERSON = "person", _("Given by a person")
    TEMPORARY = "temporary", _("Until the roster lists them")  # the roster takes these over


class YearChangeState(StateChoices):
    PLANNED = "planned", _("Being prepared"), Tone.INFO, "outline/list-check"
    APPLYING = "applying", _("Being applied"), Tone.INFO, "outline/loader-2"
    APPLIED = "applied", _("Done"), Tone.GOOD, "outline/check"
    DROPPED = "dropped", _("Given up"), Tone.NEUTRAL, "outline/trash"


class TokenState(StateChoices):
    """Whether a token works. Derived, not stored."""

    IN_FORCE = "in_force", _("Works"), Tone.GOOD, "outline/check"
    EXPIRED = "expired", _("Ended"), Tone.NEUTRAL, "outline/clock"
    OWNER_OFF = "owner_off", _("Owner's account off"), Tone.NEUTRAL, "outline/user-off"
    REVOKED = "revoked", _("Revoked"), Tone.NEUTRAL, "outline/x"


class AccountState(StateChoices):
    """Whether a person can sign in, and how far on the way there they are. Derived, not stored."""

    OFF = "off", _("Account off"), Tone.NEUTRAL, "outline/user-off"
    NO_LOGIN = "no_login", _("No sign-in"), Tone.NEUTRAL, "outline/user"
    NO_EMAIL = "no_email", _("No email address"), Tone.NEUTRAL, "outline/mail-off"
    READY = "ready", _("Can sign in"), Tone.GOOD, "outline/user-check"
    INVITED = "invited", _("Invited, not used yet"), Tone.INFO, "outline/mail"
    RAN_OUT = "ran_out", _("Invitation ran out"), Tone.WARN, "outline/clock"
    NOT_INVITED = "not_invited", _("Not invited yet"), Tone.NEUTRAL, "outline/user-plus"
