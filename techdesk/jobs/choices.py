"""States of jobs and imports."""

from django.utils.translation import gettext_lazy as _

from techdesk.ui.choices import StateChoices, Tone


class JobState(StateChoices):
    WAITING = "waiting", _("Waiting"), Tone.NEUTRAL, "outline/clock"
    DONE = "done", _("Done"), Tone.GOOD, "outline/check"
    DEAD = "dead", _("Gave up"), Tone.BAD, "outline/alert-triangle"


class RunState(StateChoices):
    QUEUED = "queued", _("Waiting to start"), Tone.NEUTRAL, "outline/clock"
    RUNNING = "running", _("Running"), Tone.INFO, "outline/loader-2"
    DONE = "done", _("Done"), Tone.GOOD, "outline/check"
    FAILED = "failed", _("Failed"), Tone.BAD, "outline/alert-triangle"


class ImportState(StateChoices):
    READING = "reading", _("Being read"), Tone.NEUTRAL, "outline/loader-2"
    MAPPING = "mapping", _("Columns to match"), Tone.WARN, "outline/list-details"
    STAGED = "staged", _("Ready to apply"), Tone.INFO, "outline/list-check"
    APPLYING = "applying", _("Being applied"), Tone.INFO, "outline/loader-2"
    APPLIED = "applied", _("Applied"), Tone.GOOD, "outline/check"
    UNDOING = "undoing", _("Being undone"), Tone.INFO, "outline/loader-2"
    UNDONE = "undone", _("Undone"), Tone.NEUTRAL, "outline/arrow-back-up"
    DISCARDED = "discarded", _("Thrown away"), Tone.NEUTRAL, "outline/trash"
    FAILED = "failed", _("Not usable"), Tone.BAD, "outline/alert-triangle"


class ShownImport(StateChoices):
    """States of an import that only people are told."""

    NOTHING = "nothing", _("Nothing to do"), Tone.NEUTRAL, "outline/equal"


class Verdict(StateChoices):
    """What an import does, or did, with one row."""

    CREATE = "create", _("New"), Tone.GOOD, "outline/plus"
    UPDATE = "update", _("Changed"), Tone.INFO, "outline/pencil"
    UNCHANGED = "unchanged", _("Unchanged"), Tone.NEUTRAL, "outline/equal"
    DEACTIVATE = "deactivate", _("No longer listed"), Tone.WARN, "outline/user-off"
    REFUSE = "refuse", _("Refused"), Tone.BAD, "outline/ban"


#: Verdicts by which applying changes something.
WRITES = (Verdict.CREATE, Verdict.UPDATE, Verdict.DEACTIVATE)


class Undone(StateChoices):
    """What became of one row, or of one touched object, when its import was undone."""

    DONE = "done", _("Taken back"), Tone.GOOD, "outline/arrow-back-up"
    KEPT = "kept", _("Kept, switched off"), Tone.WARN, "outline/user-off"
    REFUSED = "refused", _("Left as it is"), Tone.BAD, "outline/ban"
