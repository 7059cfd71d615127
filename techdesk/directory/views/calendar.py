"""The calendar of a school: the page for everybody of the school, and the pages on which it is changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, cast
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.base.clock import now
from techdesk.base.errors import BadInput, DomainError, Stale
from techdesk.base.policy import load, may, policy, require
from techdesk.directory import actions
from techdesk.directory import calendar_forms as forms
from techdesk.directory.calendar_choices import DayKind
from techdesk.directory.calendar_words import (
    clock,
    copied_days,
    entries,
    months,
    spoken_span,
    today_line,
    typed_spans,
)
from techdesk.directory.choices import CycleKind
from techdesk.directory.forms import show_refusal
from techdesk.directory.models import BellSchedule, School
from techdesk.directory.queries import (
    SchoolPlan,
    calendar_version,
    find_school_year,
    school_plan,
    school_years,
    year_at,
    year_range,
)

CHANGE, CHANGE_ALL = "directory.change_calendar", "directory.change_district_calendar"
#: Years that a calendar page shows; further away there is nothing but weekdays.
YEARS = range(2000, 2100)


# --- looking ---------------------------------------------------------------------------------------------------------


@policy("directory.view_school")
@require_safe
def calendar(request: HttpRequest) -> HttpResponse:
    """The year of one school: closed and short days, the names of the days, bells and terms."""
    viewer: Any = request.user
    schools = School.objects.active().visible_to(viewer).by_name()
    school = _chosen(request, schools, "directory.view_school")
    if school is None:
        return render(request, "directory/calendar/none.html")
    context = _year_page(request, school)
    context["schools"] = schools
    context["may_change"] = may(viewer, CHANGE, school)
    return render(request, "directory/calendar/calendar.html", context)


@policy(CHANGE)
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """The same year with what can be done about it."""
    viewer: Any = request.user
    schools = School.objects.active().permitted(viewer, CHANGE).by_name()
    school = _chosen(request, schools, CHANGE)
    if school is None:
        return render(request, "directory/calendar/none.html")
    context = _year_page(request, school, days_link=True)
    context["schools"] = schools
    context["for_district"] = may(viewer, CHANGE_ALL)
    context["district_version"] = calendar_version(None)
    return render(request, "directory/calendar/settings.html", context)


def _chosen(request: HttpRequest, schools: Any, action: str) -> School | None:
    """The school that the address names, else the first; 404 and 403 as everywhere."""
    if code := request.GET.get("school"):
        return load(request, School.objects.active(), action, code__iexact=code)
    return cast("School | None", schools.first())


def _year_page(request: HttpRequest, school: School, *, days_link: bool = False) -> dict[str, Any]:
    today = now().astimezone(school.zone).date()
    facts = school_years()
    known = [(one.starts_on, one.ends_on) for one in facts]
    present = year_at(known, today)
    try:
        year = int(request.GET.get("year", ""))
    except ValueError:
        year = present
    if year not in YEARS:
        year = present
    first, last = year_range(known, year)
    plan = school_plan(school, first, last)
    day_url = _link("directory:calendar-day", school)

    def url_of(day: dt.date) -> str:
        return f"{day_url}&on={day.isoformat()}" if plan.is_school_day(day) else ""

    return {
        "school": school,
        "plan": plan,
        "year": year,
        "year_name": f"{first.year}–{last.year}",
        "years_beside": [one for one in (year - 1, year + 1) if one in YEARS],
        "today_line": today_line(school),
        "months": months(plan, first, last, today=today, url=url_of if days_link else None),
        "legend": DayKind.shown(plan, first, last),
        "entries": entries(plan, first, last),
        "hours": _hours(plan),
        "years": [one for one in facts if one.starts_on.year in (year, year + 1) or one.ends_on >= today],
        "bells": [one for one in plan.bells if one.is_active],
        "cycle": plan.cycle_on(max(today, first)) or (plan.cycles[-1] if plan.cycles else None),
    }


def _hours(plan: SchoolPlan) -> list[tuple[Any, str]]:
    return [
        (
            WEEKDAYS[day],
            f"{clock(plan.hours[day][0])} – {clock(plan.hours[day][1])}" if day in plan.hours else _("closed"),
        )
        for day in range(7)
        if day < 5 or day in plan.hours
    ]


# --- changing --------------------------------------------------------------------------------------------------------


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def announce(request: HttpRequest) -> HttpResponse:
    """School is out today or tomorrow."""
    school = _school(request)
    today = now().astimezone(school.zone).date()
    form = forms.AnnounceForm(
        _data(request), today=today, initial=_initial(school, on=today), **_place(request, school)
    )
    return _step(
        request,
        school,
        form,
        actions.announce_closed_day,
        title=_("Close the school today or tomorrow"),
        intro=_("Snow, a burst pipe: everything counted in school days waits for the next one."),
        submit=_("Close the school"),
        done=lambda day: _("%(day)s is closed.") % {"day": spoken_span(day.on, day.on)},
    )


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """A holiday or a break."""
    school = _school(request)
    form = forms.CloseDaysForm(_data(request), initial=_initial(school), **_place(request, school))
    return _step(
        request,
        school,
        form,
        actions.close_days,
        title=_("Add closed days"),
        submit=_("Add"),
        done=_closed_words,
    )


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """The closed days of the year before, moved to this year, to be looked through first."""
    school = _school(request)
    known = [(one.starts_on, one.ends_on) for one in school_years()]
    try:
        year = int(request.GET.get("year", ""))
    except ValueError:
        year = year_at(known, now().astimezone(school.zone).date())
    if year not in YEARS:
        raise Http404
    first, last = year_range(known, year - 1)
    moved = copied_days(entries(school_plan(school, first, last), first, last), years=year - first.year)
    form = forms.CopyDaysForm(
        _data(request), initial=_initial(school, days=typed_spans(moved)), **_place(request, school)
    )
    return _step(
        request,
        school,
        form,
        actions.close_days,
        title=_("Copy last year's closed days"),
        intro=_("The days of %(year)s on the same weekdays a year later. Nothing is saved until you add them.")
        % {"year": f"{first.year}–{last.year}"},
        submit=_("Add these days"),
        done=_closed_words,
    )


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def short_day(request: HttpRequest) -> HttpResponse:
    """Early release or late start."""
    school = _school(request)
    form = forms.ShortDayForm(_data(request), initial=_initial(school), **_place(request, school))
    return _step(
        request,
        school,
        form,
        actions.set_short_day,
        title=_("Add a short day"),
        intro=_("Early release or late start. A day that has other hours already gets these instead."),
        submit=_("Save"),
        done=lambda day: _("%(day)s is saved.") % {"day": spoken_span(day.on, day.on)},
    )


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def hours(request: HttpRequest) -> HttpResponse:
    """When the school is open."""
    school = _school(request)
    today = now().astimezone(school.zone).date()
    form = forms.HoursForm(_data(request), hours=school_plan(school, today).hours, initial=_initial(school))
    return _step(
        request,
        school,
        form,
        actions.set_hours,
        title=_("Hours"),
        intro=_("When the school is open. Due times wait outside of these hours."),
        submit=_("Save"),
        done=_("The hours are saved."),
    )


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def bells(request: HttpRequest) -> HttpResponse:
    """A bell schedule: a new one, or the one that the address names."""
    school = _school(request)
    plan = school_plan(school, now().astimezone(school.zone).date())
    schedule = _schedule(school, request.GET.get("schedule"))
    held = next((one for one in plan.bells if schedule and one.key == schedule.public_key), None)
    initial = _initial(school)
    if held:
        initial |= {"name": held.name, "is_default": held.is_default, "cycle_days": list(held.cycle_days)}
        initial["periods"] = forms.BellScheduleForm.lines(held)
    form = forms.BellScheduleForm(_data(request), cycle=plan.cycles[-1] if plan.cycles else None, initial=initial)
    return _step(
        request,
        school,
        form,
        lambda **facts: actions.save_bell_schedule(schedule=schedule, **facts),
        title=_("Bell schedule"),
        submit=_("Save"),
        done=lambda kept: _("The bell schedule %(name)s is saved.") % {"name": kept.name},
        schedule=schedule,
    )


@policy(CHANGE)
@require_POST
def bells_retire(request: HttpRequest) -> HttpResponse:
    """Use a bell schedule no longer."""
    school = _school(request)
    schedule = _schedule(school, request.POST.get("schedule"))
    if schedule is None:
        raise Http404
    actions.retire_bell_schedule(actor=cast(Any, request.user), schedule=schedule, version=_version(request))
    messages.success(request, _("The bell schedule %(name)s is no longer used.") % {"name": schedule.name})
    return redirect(_link("directory:calendar-settings", school))


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def cycle(request: HttpRequest) -> HttpResponse:
    """How the days are named: A and B, 1 to 6."""
    school = _school(request)
    today = now().astimezone(school.zone).date()
    plan = school_plan(school, today)
    held = plan.cycles[-1] if plan.cycles else None
    initial = _initial(school, starts_on=today, kind=CycleKind.ROTATING, snow_days_shift=True)
    if held:
        initial |= {"kind": held.kind, "names": ", ".join(held.names).rstrip(", ")}
        initial |= {"snow_days_shift": held.snow_days_shift}
    return _step(
        request,
        school,
        forms.CycleForm(_data(request), initial=initial),
        actions.set_cycle,
        title=_("Cycle of days"),
        submit=_("Save"),
        done=_("The cycle is saved."),
        cycles=[(one, spoken_span(one.starts_on, one.starts_on), _cycle_words(one)) for one in reversed(plan.cycles)],
    )


@policy(CHANGE)
@require_POST
def cycle_remove(request: HttpRequest) -> HttpResponse:
    """Take a cycle away."""
    school = _school(request)
    form = forms.OneDayForm(request.POST)
    if not form.is_valid():
        raise _unreadable()
    given = form.cleaned_data
    actions.remove_cycle(actor=cast(Any, request.user), school=school, starts_on=given["on"], version=given["version"])
    messages.success(request, _("The cycle is taken away."))
    return redirect(_link("directory:calendar-settings", school))


@policy(CHANGE)
@require_http_methods(["GET", "HEAD", "POST"])
def day(request: HttpRequest) -> HttpResponse:
    """What one day has instead: "today is a B day", the assembly schedule."""
    school = _school(request)
    try:
        on = dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        on = now().astimezone(school.zone).date()
    plan = school_plan(school, on)
    active = {one.key: one.name for one in plan.bells if one.is_active}
    held = plan.instead.get(on)
    initial = _initial(school, on=on, cycle_day=held.cycle_day if held else "")
    initial["schedule"] = held.bells.key if held and held.bells else ""
    form = forms.ScheduleDayForm(_data(request), cycle=plan.cycle_on(on), schedules=active, initial=initial)

    def act(**facts: Any) -> Any:
        return actions.set_schedule_day(**facts | {"schedule": _schedule(school, facts.get("schedule"))})

    return _step(
        request,
        school,
        form,
        act,
        title=_("One day"),
        intro=_("Choose what is different that day."),
        submit=_("Save"),
        done=_("The day is saved."),
    )


@policy(CHANGE)
@require_POST
def open_again(request: HttpRequest) -> HttpResponse:
    """Take closed days away."""
    school, facts = _taken_away(request)
    count = actions.open_days(actor=cast(Any, request.user), **facts)
    words = ngettext("%(n)d day is a school day again.", "%(n)d days are school days again.", count)
    messages.success(request, words % {"n": count})
    return redirect(_link("directory:calendar-settings", school))


@policy(CHANGE)
@require_POST
def usual_hours(request: HttpRequest) -> HttpResponse:
    """Take a short day away."""
    school, facts = _taken_away(request)
    facts["on"] = facts.pop("first")
    facts.pop("last")
    actions.remove_short_day(actor=cast(Any, request.user), **facts)
    messages.success(request, _("%(day)s has its usual hours.") % {"day": spoken_span(facts["on"], facts["on"])})
    return redirect(_link("directory:calendar-settings", school))


@policy(CHANGE_ALL)
@require_http_methods(["GET", "HEAD", "POST"])
def year(request: HttpRequest) -> HttpResponse:
    """A school year of the district and its terms: a new one, or the one that the address names."""
    school = _school(request)
    facts = next((one for one in school_years() if _names_year(request, one)), None)
    held = find_school_year(facts.name, facts.starts_on, facts.ends_on) if facts else None
    if request.GET.get("name") and held is None:
        raise Http404
    initial: dict[str, Any] = {"version": calendar_version(None)}
    roster_terms = [one for one in facts.terms if one.from_roster] if facts else []
    if facts:
        by_hand = [one for one in facts.terms if not one.from_roster]
        initial |= {"name": facts.name, "starts_on": facts.starts_on, "ends_on": facts.ends_on}
        initial["terms"] = forms.YearForm.lines(by_hand)

    def act(*, school: School, **given: Any) -> Any:
        if held is not None:
            return actions.change_school_year(year=held, **given)
        terms, version = given.pop("terms"), given.pop("version")
        made = actions.create_school_year(version=version, **given)
        return actions.change_school_year(year=made, terms=terms, **given) if terms else made

    return _step(
        request,
        school,
        forms.YearForm(_data(request), from_roster=bool(facts and facts.from_roster), initial=initial),
        act,
        title=_("School year"),
        intro=_("Name and dates come from the roster. Change them there.")
        if facts and facts.from_roster
        else _("For every school of the district."),
        submit=_("Save"),
        done=_("The school year is saved."),
        roster_terms=[(one, spoken_span(one.starts_on, one.ends_on)) for one in roster_terms],
        version=lambda: calendar_version(None),
    )


# --- what the pages above share --------------------------------------------------------------------------------------


def _school(request: HttpRequest) -> School:
    """The school whose calendar is changed: from the address, or the only one there is to change."""
    viewer: Any = request.user
    school = _chosen(request, School.objects.active().permitted(viewer, CHANGE).by_name(), CHANGE)
    if school is None:
        raise Http404(_("There is no school yet."))
    return school


def _schedule(school: School, key: str | None) -> BellSchedule | None:
    """The bell schedule of `school` that `key` names; None without a key."""
    if not key:
        return None
    try:
        found = BellSchedule.objects.of(school).with_key(UUID(key)).first()
    except ValueError:
        found = None
    if found is None:
        raise Http404
    return found


def _data(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _initial(school: School, **values: Any) -> dict[str, Any]:
    return {"version": school.version, "district_version": calendar_version(None), **values}


def _place(request: HttpRequest, school: School) -> dict[str, Any]:
    return {"school": school, "for_district": may(cast(Any, request.user), CHANGE_ALL)}


def _link(name: str, school: School) -> str:
    return f"{reverse(name)}?{urlencode({'school': school.code})}"


def _version(request: HttpRequest) -> int:
    form = forms.CalendarForm(request.POST)
    if not form.is_valid():
        raise _unreadable()
    return int(form.cleaned_data["version"])


def _unreadable() -> BadInput:
    return BadInput(_("This cannot be read. Go back to the calendar and try again."))


def _taken_away(request: HttpRequest) -> tuple[School, dict[str, Any]]:
    school = _school(request)
    form = forms.TakeAwayForm(request.POST)
    if not form.is_valid():
        raise _unreadable()
    facts = form.facts()
    if facts.pop("place") == forms.DISTRICT:
        require(cast(Any, request.user), CHANGE_ALL)
        return school, facts | {"school": None}
    return school, facts | {"school": school}


def _closed_words(days: list[Any]) -> str:
    words = ngettext("%(n)d day is closed now.", "%(n)d days are closed now.", len(days)) % {"n": len(days)}
    return words if days else _("These days were closed already.")


def _cycle_words(one: Any) -> str:
    names = ", ".join(name or "–" for name in one.names)
    if one.kind == CycleKind.WEEKDAY:
        return _("by weekday: %(names)s") % {"names": names}
    shift = _("snow days shift") if one.snow_days_shift else _("snow days do not shift")
    return _("%(names)s, beginning with %(first)s; %(shift)s") % {"names": names, "first": one.first, "shift": shift}


def _names_year(request: HttpRequest, facts: Any) -> bool:
    wanted = (request.GET.get("name"), request.GET.get("from"), request.GET.get("to"))
    return wanted == (facts.name, facts.starts_on.isoformat(), facts.ends_on.isoformat())


def _step(
    request: HttpRequest,
    school: School,
    form: forms.CalendarForm,
    act: Callable[..., Any],
    *,
    title: str,
    submit: str,
    done: str | Callable[[Any], str],
    intro: str = "",
    version: Callable[[], int] | None = None,
    **context: Any,
) -> HttpResponse:
    """Do it and go back to the calendar; else show the form, what was typed, and what is wrong with it."""
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            place = None if isinstance(form, forms.PlacedForm) and form.is_for_district else school
            try:
                made = act(actor=cast(Any, request.user), school=place, **form.facts())
            except Stale:
                status = 409
            except BadInput as refusal:
                status = refusal.status
                show_refusal(form, refusal)
            except DomainError as refusal:
                status = refusal.status
                form.add_error(None, str(refusal))
            else:
                messages.success(request, done(made) if callable(done) else done)
                return redirect(_link("directory:calendar-settings", school))
        # What is sent next was written in sight of the calendar as it is now.
        fresh = School.objects.active().visible_to(cast(Any, request.user)).with_code(school.code).get()
        data = cast(QueryDict, form.data).copy()
        data["version"] = str(version() if version else fresh.version)
        data["district_version"] = str(calendar_version(None))
        form.data = data
    page: Mapping[str, Any] = {
        "school": school,
        "form": form,
        "title": title,
        "intro": intro,
        "submit": submit,
        "stale": status == 409 and not form.errors,
        "back": _link("directory:calendar-settings", school),
        "crumbs": [(_("Calendar"), _link("directory:calendar-settings", school))],
        **context,
    }
    return render(request, "directory/calendar/step.html", page, status=status)
