"""The New School Year run: prepared by people, carried out step by step by a worker that may die between the steps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from techdesk.audit.actions import Deed, record, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, DomainError, NotPossible, Stale
from techdesk.base.log import log
from techdesk.directory.actions.calendar import create_school_year
from techdesk.directory.actions.fields import unless_taken
from techdesk.directory.actions.locks import lock_people
from techdesk.directory.choices import TermKind, YearChangeState
from techdesk.directory.hooks import YearFacts, year_panels
from techdesk.directory.models import Person, SchoolYear, YearChange
from techdesk.directory.queries.year_change import frozen, room_at, thawed, year_facts
from techdesk.jobs.actions import enqueue, finish_run, start_run
from techdesk.jobs.actions.imports import apply_import, begin_apply, discard_import, too_many_removals, upload_import
from techdesk.jobs.choices import ImportState
from techdesk.jobs.hooks import find_kind
from techdesk.jobs.imports.lock import one_worker
from techdesk.jobs.models import ImportRow, ImportRun

ROSTER = "oneroster"
JOB = "directory.change_year"
#: In percent: classes and places in them all end with the year, and a good part of the people leaves. Half of them
#: at once is no graduation but half a file.
EXPECTED_REMOVALS = {"users": 50.0, "classes": 100.0, "enrollments": 100.0}

#: States of a roster that changed nothing.
FREE = (ImportState.STAGED, ImportState.FAILED, ImportState.DISCARDED, ImportState.UNDONE)


def _already_open() -> NotPossible:
    return NotPossible(_("A new school year is being prepared already. Go on with that one."), code="year_change_open")


@transaction.atomic
def start_year_change(
    *, actor: Person, name: str = "", starts_on: dt.date | None = None, ends_on: dt.date | None = None
) -> YearChange:
    """Begin to prepare a new year. Name and dates may be left to the roster; given ones make the year at once.

    Raises NotPossible `year_change_open`, BadInput `missing_dates` (some of the three given, not all) and as
    `create_school_year` does.
    """
    given = [bool(name), starts_on is not None, ends_on is not None]
    if any(given) and not all(given):
        text = _("Give the name, the first and the last day, or leave all three to the roster.")
        raise BadInput(text, code="missing_dates", errors={"name": [text]})
    change = YearChange(name=name, starts_on=starts_on, ends_on=ends_on, owner=actor)
    if starts_on is not None and ends_on is not None:
        change.year = create_school_year(actor=actor, name=name, starts_on=starts_on, ends_on=ends_on)
    with unless_taken("one_open", _already_open()):
        change.save()
    record(actor=actor, verb="start_year_change", thing=change)
    return change


def attach_roster(*, actor: Person, change: YearChange, uploads: Sequence[Any], invite: bool) -> ImportRun:
    """Have the roster of the new year read; one that was read before is thrown away. Leavers are expected in it.

    Raises as `upload_import` does, NotPossible `not_ready` when the change is applied already.
    """
    _planned(change)
    options = {"expected_removals": EXPECTED_REMOVALS, "invite": invite}
    run = upload_import(actor=actor, kind=find_kind(ROSTER), uploads=uploads, options=options)
    with transaction.atomic():
        kept = _planned(change)
        before = kept.import_run
        kept.import_run, kept.report = run, {}
        kept.write("import_run", "report")
        record(actor=actor, verb="attach_roster", thing=kept, facts={"import": run.public_key})
        if before is not None and before.state == ImportState.STAGED:
            discard_import(actor=actor, run=before)
    return run


def is_free(run: ImportRun | None) -> bool:
    """Was nothing of this roster applied, so that another one may take its place?"""
    return run is None or run.state in FREE


def _planned(change: YearChange) -> YearChange:
    """The change, locked when in a transaction, while it is still being prepared."""
    rows = YearChange.objects.select_related("import_run")
    if transaction.get_connection().in_atomic_block:
        rows = rows.select_for_update(of=("self",))
    kept = rows.get(pk=change.pk)
    if kept.state != YearChangeState.PLANNED:
        raise NotPossible(_("This new school year is not being prepared any more."), code="not_ready")
    if kept.import_run is not None and kept.import_run.state == ImportState.READING:
        raise NotPossible(_("The roster is being read. Wait until it was read."), code="not_ready")
    if kept.done or not is_free(kept.import_run):
        raise NotPossible(_("Some of it was applied already. Go on with the rest."), code="partly_applied")
    return kept


@transaction.atomic
def drop_year_change(*, actor: Person, change: YearChange) -> YearChange:
    """Give up a change of which nothing was applied; its roster is thrown away."""
    kept = _planned(change)
    if kept.import_run is not None and kept.import_run.state == ImportState.STAGED:
        discard_import(actor=actor, run=kept.import_run)
    kept.state = YearChangeState.DROPPED
    kept.write("state")
    record(actor=actor, verb="drop_year_change", thing=kept)
    return kept


@transaction.atomic
def confirm_year_change(
    *, actor: Person, change: YearChange, version: int, choices: Mapping[str, Mapping[str, str]], force: bool = False
) -> YearChange:
    """Have everything applied by a worker; `change.job_run` shows how far it is.

    choices: panel -> row -> what was chosen. force: the person read that more than half would leave, and wants it.
    Raises Stale, NotPossible `not_ready` (no roster that was read), `too_many_removals`.
    """
    kept = YearChange.objects.select_for_update(of=("self",)).select_related("import_run").get(pk=change.pk)
    if version != kept.version:
        raise Stale(_("Somebody changed this new school year meanwhile. Look at it again, then apply it."))
    run = kept.import_run
    ready = (ImportState.STAGED, ImportState.APPLYING, ImportState.APPLIED)
    if kept.state != YearChangeState.PLANNED or run is None or run.state not in ready:
        raise NotPossible(_("The roster of the new year was not read yet."), code="not_ready")
    if run.state == ImportState.STAGED and run.summary.get("removals") and not force:
        raise NotPossible(too_many_removals(run), code="too_many_removals")
    report = {name: value for name, value in kept.report.items() if name != "stopped"}
    if "moves" not in report:
        report["moves"] = frozen(year_facts(run))
    kept.choices = {panel: dict(rows) for panel, rows in choices.items()} or kept.choices
    kept.state, kept.report = YearChangeState.APPLYING, report
    kept.job_run = start_run(actor=actor, kind="year", title=_("New school year: %(name)s") % {"name": kept})
    kept.write("choices", "state", "report", "job_run")
    record(actor=actor, verb="confirm_year_change", thing=kept)
    enqueue(JOB, change_id=kept.pk, actor_id=actor.pk)
    return kept


def change_year(*, change_id: int, actor_id: int) -> None:
    """The job: the roster, then the rooms of teachers, then each panel; each step once, in a transaction of its own.

    A second call after a worker died goes on behind the last step. Raises AtWork while another worker is at it.
    """
    change = YearChange.objects.select_related("import_run", "owner").get(pk=change_id)
    if change.import_run is None or change.state != YearChangeState.APPLYING:
        return
    actor = Person.objects.get(pk=actor_id)
    with one_worker(change.import_run.pk), translation.override(change.owner.language or "en"):
        try:
            _apply_roster(actor, change.import_run)
            _step(actor, change, "rooms", move_teachers)
            for panel in year_panels():
                _step(actor, change, panel.slug, panel.apply)
            _close(actor, change)
        except DomainError as refusal:
            _stop(change, str(refusal))
        except Exception:
            log.exception("new school year broke off", change=change.pk)
            _stop(change, _("Something went wrong on our side. What was applied stays; press “Apply” to go on."))


def _apply_roster(actor: Person, run: ImportRun) -> None:
    run.refresh_from_db()
    if run.state == ImportState.STAGED:
        begin_apply(actor=actor, run=run, force=True)  # asked for when it was confirmed
        run.refresh_from_db()
    if run.state == ImportState.APPLYING:
        run = apply_import(actor=actor, run=run)
    if run.state != ImportState.APPLIED:
        raise NotPossible(_("The roster of this new year was thrown away or could not be read."), code="not_ready")


@transaction.atomic
def _step(actor: Person, change: YearChange, slug: str, apply: Any) -> None:
    kept = YearChange.objects.select_for_update(of=("self",)).select_related("import_run").get(pk=change.pk)
    if slug in kept.done or kept.import_run is None:
        return
    facts = thawed(kept.import_run, kept.report["moves"])
    counts = apply(actor, facts, kept.choices.get(slug, {}))
    kept.done = [*kept.done, slug]
    kept.report = {**kept.report, slug: dict(counts)}
    kept.write("done", "report")
    record(actor=actor, verb="year_change_step", thing=kept, facts={"step": slug, **counts})


def move_teachers(actor: Person, facts: YearFacts, choices: Mapping[str, str]) -> dict[str, int]:
    """Give each teacher who moves the room of their homeroom, unless they chose another one meanwhile."""
    rooms = {move.person.pk: (move.old_room.pk, room_at(move.school, move.room)) for move in facts.moves}
    people = lock_people(move.person for move in facts.moves)
    moment, moved = now(), []
    for person in people:
        old, room = rooms[person.pk]
        if room is None or person.default_room_id != old:
            continue
        person.default_room = room
        person.version, person.updated_at = person.version + 1, moment
        moved.append(person)
    Person.objects.bulk_update(moved, ["default_room", "version", "updated_at"], batch_size=500)
    record_many(actor=actor, deeds=[Deed("change", person, {"fields": ["default_room"]}) for person in moved])
    return {"moved": len(moved), "stayed": len(people) - len(moved)}


@transaction.atomic
def _close(actor: Person, change: YearChange) -> None:
    kept = YearChange.objects.select_for_update(of=("self",)).select_related("import_run", "job_run").get(pk=change.pk)
    if kept.state != YearChangeState.APPLYING or kept.import_run is None:
        return
    if kept.year is None:
        kept.year = _year_of(kept.import_run)
    if kept.year is not None and not kept.name:
        kept.name, kept.starts_on, kept.ends_on = kept.year.name, kept.year.starts_on, kept.year.ends_on
    kept.state, kept.applied_at = YearChangeState.APPLIED, now()
    kept.write("year", "name", "starts_on", "ends_on", "state", "applied_at")
    record(actor=actor, verb="apply_year_change", thing=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, result={"url": kept.get_absolute_url()})


def _year_of(run: ImportRun) -> SchoolYear | None:
    """The latest school year that the roster names."""
    rows = ImportRow.objects.of_run(run).of_part("academicSessions").filter(data__type=TermKind.YEAR.value)
    return SchoolYear.objects.filter(pk__in=rows.values("target_id")).order_by("-ends_on").first()


@transaction.atomic
def _stop(change: YearChange, message: str) -> None:
    """It broke off: what was done stays done, and the rest goes on by the same button."""
    kept = YearChange.objects.select_for_update(of=("self",)).select_related("job_run").get(pk=change.pk)
    if kept.state != YearChangeState.APPLYING:
        return
    kept.state, kept.report = YearChangeState.PLANNED, {**kept.report, "stopped": message}
    kept.write("state", "report")
    record(actor=kept.owner, verb="stop_year_change", thing=kept)
    if kept.job_run is not None:
        finish_run(kept.job_run, failed=True, message=message, result={"url": kept.get_absolute_url()})
