"""From what a row says and what the database says to what is done: decided here for every kind of import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from techdesk.jobs.choices import Verdict
from techdesk.jobs.models import ImportRow


def refuse(row: ImportRow, code: str, message: Any) -> None:
    """Refuse a row. Codes are stable; messages say what to do next and name nobody."""
    row.verdict, row.code, row.message = Verdict.REFUSE, code, str(message)


def note(row: ImportRow, code: str, message: Any) -> None:
    """Say something about a row that is not refused."""
    row.code, row.message = code, str(message)


def target(row: ImportRow) -> int:
    """The id of the thing that a row is about, once it is known. Raises LookupError before."""
    if row.target_id is None:
        raise LookupError(f"{row} has no target yet")
    return row.target_id


def changed_facts(row: ImportRow) -> list[str]:
    """The names of the facts that the row would change."""
    return [
        name
        for name, value in row.before.items()
        if not name.startswith("_") and name in row.data and row.data[name] != value
    ]


def decide(row: ImportRow) -> None:
    """Set the verdict of a row that was compared; a verdict that was given already stands."""
    if row.verdict:
        return
    if row.target_id is None:
        # Taking away what was never here is no work.
        row.verdict = Verdict.UNCHANGED if set(row.data) <= {"listed"} else Verdict.CREATE
        return
    changed = changed_facts(row)
    if not changed:
        row.verdict = Verdict.UNCHANGED
    elif "listed" in changed and not row.data["listed"]:
        row.verdict = Verdict.DEACTIVATE
    else:
        row.verdict = Verdict.UPDATE


@dataclass(frozen=True)
class Planned:
    """What a row was going to do when a person looked at the preview."""

    verdict: str
    before: dict[str, Any]
    target_id: int | None
    code: str
    message: str

    @classmethod
    def of(cls, row: ImportRow) -> Planned:
        return cls(row.verdict, row.before, row.target_id, row.code, row.message)


def hold_to_plan(row: ImportRow, planned: Planned) -> None:
    """After comparing again under locks: go on only when the row still does what the preview showed.

    What somebody else brought about already is unchanged; what they changed otherwise is refused, never
    overwritten.
    """
    if row.verdict in (Verdict.REFUSE, Verdict.UNCHANGED):
        return
    if planned.target_id is None and row.target_id is not None:
        message = _("It was added here by somebody else after the preview. Import again to see the difference.")
        refuse(row, "changed_since_preview", message)
        return
    for name in changed_facts(row):
        if name not in planned.before or row.before[name] == planned.before[name]:
            continue
        message = _("Somebody changed “%(field)s” here after the preview. Import again to see the difference.")
        refuse(row, "changed_since_preview", message % {"field": name.replace("_", " ")})
        return
