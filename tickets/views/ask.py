"""Asking for help: what do you need, a short form, the number and what happens next, what I asked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from techdesk.audit.actions import disclose
from techdesk.base.clock import now
from techdesk.base.errors import DomainError
from techdesk.base.paging import keyset_page
from techdesk.base.policy import load, policy, require
from techdesk.directory.hooks import in_language
from techdesk.directory.models import School
from techdesk.directory.panels import today_at
from techdesk.directory.queries.first_step import first_step
from techdesk.directory.queries.settings import value_of
from tickets.actions import open_ticket
from tickets.choices import Priority
from tickets.forms import AskForm
from tickets.models import IssueType, Ticket
from tickets.queries import schools_to_ask_for, technicians_of
from tickets.switches import ASK_NOTE
from tickets.views.photos import take_photo
from tickets.views.refusals import show_refusal

LESSON_STOPPED = "lesson-stopped"
NEWEST = 5
PAGE = 30


@dataclass(frozen=True)
class Choice:
    label: str
    url: str
    icon: str
    hint: str


@policy("tickets.open")
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """ "What do you need?": the choices, and what the person asked lately."""
    person: Any = request.user
    schools = schools_to_ask_for(person)
    if not schools:
        return render(request, "tickets/no_school.html", {"start": first_step(person)})
    school = _chosen(request, schools)
    choices = [
        Choice(str(issue), _form_url(issue.slug, school, schools), issue.icon, issue.hint_text)
        for issue in IssueType.objects.offered()
    ]
    return render(
        request,
        "tickets/ask.html",
        {
            "greeting": _greeting(person, school),
            "school": school,
            "today": today_at(school),
            "room": person.default_room if person.default_room_id and school == schools[0] else None,
            "schools": schools,
            "choices": choices,
            "urgent_url": _form_url(LESSON_STOPPED, school, schools),
            "note": in_language(value_of(school, ASK_NOTE.name)),
            "mine": Ticket.objects.of_requester(person).for_list().newest_first()[:NEWEST],
        },
    )


@policy("tickets.open")
@require_http_methods(["GET", "HEAD", "POST"])
def ask_form(request: HttpRequest, slug: str) -> HttpResponse:
    """The form of one choice; a good one opens the ticket and shows its number."""
    person: Any = request.user
    schools = schools_to_ask_for(person)
    if not schools:
        return render(request, "tickets/no_school.html", {"start": first_step(person)})
    school = _chosen(request, schools)
    issue = None
    if slug != LESSON_STOPPED:
        issue = IssueType.objects.offered().with_slug(slug)
        if issue is None:
            raise Http404
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = AskForm(*sent, person=person, school=school, issue=issue, auto_id="ask_%s")
    if form.is_bound:
        opened = _open(request, form)
        if opened is not None:
            return redirect("tickets:ticket-asked", opened.number)
    back_url = _with_school(reverse("tickets:ask"), school, schools)
    disclose(viewer=person, channel="page", purpose="ticket form", students=[s.pk for s in form.students])
    return render(
        request,
        "tickets/ask_form.html",
        {
            "form": form,
            "issue": issue,
            "school": school,
            "schools": schools,
            "crumbs": [(_("What do you need?"), back_url)],
            "back_url": back_url,
            "draft": f"ask-{slug}",
        },
        status=422 if form.is_bound else 200,
    )


def _open(request: HttpRequest, form: AskForm) -> Ticket | None:
    """The ticket that a good form asks for; None with the reasons in the form."""
    person: Any = request.user
    form.is_valid()
    pictures = take_photo(request, form) if "photo" in form.fields else []
    if form.errors:
        return None
    given = form.cleaned_data
    requester = given.get("requester") or person
    if requester.pk != person.pk:
        require(person, "tickets.open_for_others", school_id=form.school.pk)
    try:
        return open_ticket(
            actor=person,
            requester=requester,
            school=form.school,
            subject=form.subject,
            description=form.description,
            issue_type=form.issue,
            priority=None if form.issue else Priority.URGENT,
            room=given.get("room"),
            devices=given["devices"],
            affected=given.get("affected"),
            pictures=pictures,
            submission=given["submission"],
        )
    except DomainError as refusal:
        show_refusal(form, refusal)
        return None


@policy("tickets.view")
@require_safe
def asked(request: HttpRequest, number: int) -> HttpResponse:
    """The number of a new ticket, and what happens next."""
    ticket = load(request, Ticket.objects.for_list(), number=number)
    told = [technician.name for technician in technicians_of(ticket.school)[:3]]
    return render(
        request,
        "tickets/asked.html",
        {"ticket": ticket, "told": told, "urgent": ticket.urgency is Priority.URGENT},
    )


@policy("tickets.open")
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Everything the person asked, newest first."""
    person: Any = request.user
    rows = Ticket.objects.of_requester(person).for_list()
    page = keyset_page(rows, order=("-number", "-pk"), cursor=request.GET.get("cursor"), limit=PAGE)
    return render(request, "tickets/mine.html", {"page": page})


def _chosen(request: HttpRequest, schools: list[School]) -> School:
    """The school the address names, else the person's own."""
    wanted = request.GET.get("school", "")
    return next((school for school in schools if school.code == wanted), schools[0])


def _form_url(slug: str, school: School, schools: list[School]) -> str:
    return _with_school(reverse("tickets:ask-form", args=[slug]), school, schools)


def _with_school(url: str, school: School, schools: list[School]) -> str:
    """The address with the school in it, where it is not the person's own anyway."""
    return url if school == schools[0] else f"{url}?{urlencode({'school': school.code})}"


def _greeting(person: Any, school: School) -> str:
    """Good morning, afternoon or evening, by the clock of the school."""
    hour = timezone.localtime(now(), school.zone).hour
    if 4 <= hour < 12:
        words = _("Good morning, %(name)s.")
    elif 12 <= hour < 18:
        words = _("Good afternoon, %(name)s.")
    else:
        words = _("Good evening, %(name)s.")
    return words % {"name": person.name}
