"""The New School Year run: begin, look at what would change, choose, apply, and the report of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.errors import BadInput, DomainError
from techdesk.base.policy import load, may, policy
from techdesk.directory.actions import year_change as actions
from techdesk.directory.choices import YearChangeState
from techdesk.directory.forms import show_refusal
from techdesk.directory.hooks import StillOut, YearFacts, YearPanel, YearRow, still_out, year_panels
from techdesk.directory.models import Person, School, YearChange
from techdesk.directory.queries import students_among
from techdesk.directory.queries.year_change import Movement, movements, thawed, year_facts
from techdesk.directory.year_forms import ApplyYear, StartYear, YearRoster
from techdesk.jobs.actions.imports import too_many_removals
from techdesk.jobs.choices import ImportState
from techdesk.ui.lists import Column, Table

MOVEMENTS = (
    Column("school", gettext_lazy("School"), phone="main"),
    Column("grade", gettext_lazy("Grade")),
    Column("promoted", gettext_lazy("Promoted"), number=True),
    Column("moved", gettext_lazy("From another school"), number=True),
    Column("new", gettext_lazy("New"), number=True),
    Column("stayed", gettext_lazy("Same grade"), number=True),
    Column("left", gettext_lazy("Leave"), number=True),
)
#: Import states in which the rows say what the new year means.
READ = (ImportState.STAGED, ImportState.APPLYING, ImportState.APPLIED)
#: More names are for the device list with its filters.
MOST_NAMES = 500


@policy("directory.change_year")
@require_http_methods(["GET", "HEAD", "POST"])
def new_year(request: HttpRequest) -> HttpResponse:
    """Begin a new school year; those there were."""
    viewer: Any = request.user
    seen = YearChange.objects.visible_to(viewer).newest_first()
    open_one = seen.open().first()
    form = StartYear(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                change = actions.start_year_change(actor=viewer, **form.cleaned_data)
            except BadInput as refusal:
                show_refusal(form, refusal)
                status = refusal.status
            else:
                return redirect(change)
    context = {"form": form, "open": open_one, "changes": seen[:20], "crumbs": _crumbs()}
    return render(request, "directory/new_year.html", context, status=status)


def _crumbs(change: YearChange | None = None) -> list[tuple[str, str]]:
    above = [(_("Imports"), reverse("jobs:imports"))]
    return [*above, (_("New school year"), reverse("directory:new-year"))] if change is not None else above


@dataclass(frozen=True)
class Shown:
    """One panel of an app above, with its lines."""

    panel: YearPanel
    rows: list[YearRow]


@dataclass(frozen=True)
class ToCollect:
    """A leaver who still has something."""

    person: Person
    things: list[StillOut]

    @property
    def line(self) -> str:
        return "; ".join(f"{thing.label} ({thing.hint})" for thing in self.things)


@policy("directory.change_year")
@require_safe
def year_change(request: HttpRequest, key: UUID) -> HttpResponse:
    """One run: its steps while it is prepared, its report afterwards. Made to be printed, too."""
    return _page(request, load(request, YearChange.objects.newest_first(), key=key))


def _page(
    request: HttpRequest,
    change: YearChange,
    *,
    roster: YearRoster | None = None,
    apply: ApplyYear | None = None,
    status: int = 200,
) -> HttpResponse:
    viewer: Any = request.user
    run = change.import_run
    context: dict[str, Any] = {
        "change": change,
        "run": run,
        "crumbs": _crumbs(change),
        "roster": roster or YearRoster(),
    }
    if run is not None and run.state in READ:
        facts = _facts(change)
        shown = [Shown(panel, list(panel.preview(viewer, facts))) for panel in year_panels()]
        collect = _to_collect(viewer, facts)
        context |= {
            "table": Table(
                MOVEMENTS,
                _named(movements(run)),
                caption=_("Students by school and grade"),
                request=request,
                row_url=lambda row: "",
            ),
            "moves": facts.moves,
            "shown": [one for one in shown if one.rows],
            "collect": collect,
            "leaving": len(facts.leavers),
            "removals": too_many_removals(run) if _asks(change) else "",
            "apply": apply or _apply_form(change, shown),
            "planned": run.summary.get("planned", {}),
        }
        named = [one.person for one in collect]
        disclose(viewer=viewer, channel="page", purpose="new school year", students=students_among(named))
    context["results"] = _results(change)
    context["may_apply"] = change.state == YearChangeState.PLANNED and "apply" in context
    context["may_attach"] = change.state == YearChangeState.PLANNED and not change.done and actions.is_free(run)
    return render(request, "directory/year_change.html", context, status=status)


def _facts(change: YearChange) -> YearFacts:
    assert change.import_run is not None  # noqa: S101 - asked by the caller
    if "moves" in change.report:
        return thawed(change.import_run, change.report["moves"])
    return year_facts(change.import_run)


def _asks(change: YearChange) -> bool:
    run = change.import_run
    return run is not None and run.state == ImportState.STAGED and bool(run.summary.get("removals"))


def _apply_form(change: YearChange, shown: list[Shown], data: Any = None) -> ApplyYear:
    rows = [(one.panel, row) for one in shown for row in one.rows if one.panel.slug not in change.done]
    return ApplyYear(data, rows=rows, asks_to_force=_asks(change), initial={"version": change.version})


def _to_collect(viewer: Any, facts: YearFacts) -> list[ToCollect]:
    things = still_out(viewer, facts.leavers)
    people = Person.objects.visible_to(viewer).with_ids(things).by_name()[:MOST_NAMES]
    return [ToCollect(person, things[person.pk]) for person in people]


#: Words for what a step of the run counted.
COUNTED = {
    "moved": gettext_lazy("moved"),
    "stayed": gettext_lazy("stayed"),
    "refused": gettext_lazy("could not move"),
}


def _results(change: YearChange) -> list[tuple[Any, str]]:
    """What the steps that are done have counted, in words."""
    labels = {"rooms": _("Rooms of teachers"), **{panel.slug: panel.label for panel in year_panels()}}
    done = [slug for slug in change.done if slug in labels]
    return [
        (labels[slug], ", ".join(f"{n} {COUNTED.get(word, word)}" for word, n in change.report[slug].items()))
        for slug in done
    ]


def _named(found: list[Movement]) -> list[Movement]:
    """Movements with the names of their schools."""
    names = dict(School.objects.values_list("code", "name"))
    return [replace(one, school=names.get(one.school, one.school)) for one in found]


@policy("directory.change_year")
@require_POST
def year_roster(request: HttpRequest, key: UUID) -> HttpResponse:
    """Take the roster in and lead to its progress."""
    viewer: Any = request.user
    change = load(request, YearChange.objects.newest_first(), key=key)
    form = YearRoster(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, change, roster=form, status=422)
    try:
        run = actions.attach_roster(
            actor=viewer, change=change, uploads=form.cleaned_data["files"], invite=form.cleaned_data["invite"]
        )
    except DomainError as refusal:
        form.add_error("files", str(refusal))
        return _page(request, change, roster=form, status=refusal.status)
    return redirect(run.job_run or change)


@policy("directory.change_year")
@require_POST
def year_apply(request: HttpRequest, key: UUID) -> HttpResponse:
    """Have everything applied and lead to its progress."""
    viewer: Any = request.user
    change = load(request, YearChange.objects.newest_first(), key=key)
    if change.import_run is None or change.import_run.state not in READ:
        return _page(request, change, status=409)
    facts = _facts(change)
    form = _apply_form(
        change, [Shown(panel, list(panel.preview(viewer, facts))) for panel in year_panels()], request.POST
    )
    if not form.is_valid():
        return _page(request, change, apply=form, status=422)
    try:
        kept = actions.confirm_year_change(
            actor=viewer,
            change=change,
            version=form.cleaned_data["version"],
            choices=form.chosen(),
            force=bool(form.cleaned_data.get("force")),
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _page(request, change, apply=form, status=409)
    return redirect(kept.job_run or kept)


@policy("directory.change_year")
@require_POST
def year_drop(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give it up."""
    viewer: Any = request.user
    change = load(request, YearChange.objects.all(), key=key)
    actions.drop_year_change(actor=viewer, change=change)
    messages.info(request, _("The new school year was given up. Nothing was changed."))
    return redirect("directory:new-year")


def new_year_link(request: HttpRequest) -> str | None:
    """On the page of all imports: the way to the New School Year run."""
    if not may(request.user, "directory.change_year"):  # type: ignore[arg-type]
        return None
    return render_to_string("directory/panels/new_year.html", {}, request)


def year_panel(request: HttpRequest, run: Any) -> str | None:
    """On the page of an import: the New School Year run it belongs to."""
    viewer: Any = request.user
    if not may(viewer, "directory.change_year"):
        return None
    change = YearChange.objects.visible_to(viewer).of_import(run).first()
    return render_to_string("directory/panels/year.html", {"change": change}, request) if change else None
