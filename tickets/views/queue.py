"""The technicians' queue: the list, its news, taking several tickets at once."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from techdesk.base.errors import BadInput, DomainError
from techdesk.base.paging import keyset_page
from techdesk.base.policy import may, policy
from techdesk.directory.models import School
from techdesk.directory.queries.first_step import first_step
from techdesk.ui.lists import Table, filter_chips
from tickets.actions import assign_ticket
from tickets.filters import QueueFilters
from tickets.models import Ticket
from tickets.querysets import TicketQuerySet
from tickets.tables import QUEUE, queue_rows

PAGE = 50
MOST_COUNTED = 1000
MOST_NEWS = 99
MOST_SELECTED = 200


@policy("tickets.view")
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The tickets to work on: stopped lessons first, then the newest. Whoever has no queue is led to their own."""
    person: Any = request.user
    if not may(person, "tickets.queue"):
        return redirect("tickets:mine")
    schools = _schools(person)
    filters = QueueFilters(request.GET, person=person, schools=schools, auto_id="filter_%s")
    found = _narrowed(person, filters)
    order = ("-rank", "-number", "-pk") if filters.shows_active else ("-number", "-pk")
    page = keyset_page(found.for_queue(), order=order, cursor=request.GET.get("cursor"), limit=PAGE)
    count = found.counted(MOST_COUNTED + 1)
    last = found.last_change()
    works = may(person, "tickets.assign")
    table = Table(
        QUEUE,
        queue_rows(page.rows, several_schools=len(schools) > 1),
        caption=_("Tickets"),
        request=request,
        select="number" if works else "",
        bulk_url=f"{reverse('tickets:take')}?{request.GET.urlencode()}",
    )
    return render(
        request,
        "tickets/queue.html",
        {
            "table": table,
            "page": page,
            "filters": filters,
            "chips": filter_chips(filters, request),
            "title": _title(filters, schools),
            "count": _count_words(count),
            "mark": last.isoformat() if last else "",
            "news_url": f"{reverse('tickets:queue-news')}?{_without_cursor(request)}",
            "again_url": f"?{_without_cursor(request)}",
            "works": works,
            "narrowed": bool(filters.data),
            "start": None if schools else first_step(person),
        },
    )


@policy("tickets.queue")
@require_safe
def queue_news(request: HttpRequest) -> HttpResponse:
    """How many tickets of this list came or changed after `since`. Costs one small query when none did."""
    person: Any = request.user
    filters = QueueFilters(request.GET, person=person, schools=_schools(person))
    found = _narrowed(person, filters)
    last = found.last_change()
    state = f"{person.pk} {last} {request.META.get('QUERY_STRING', '')}"
    etag = f'"{hashlib.sha256(state.encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        since = _moment(request.GET.get("since", ""))
        news = found.changed_after(since) if since else found
        count = news.counted(MOST_NEWS) if last and (since is None or last > since) else 0
        answer = JsonResponse({"new": count, "mark": last.isoformat() if last else ""})
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"
    return answer


@policy("tickets.assign")
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Give the ticked tickets to the person who ticked them; say what became of each."""
    person: Any = request.user
    numbers = {
        int(one) for one in request.POST.getlist("selected")[:MOST_SELECTED] if one.isdecimal() and len(one) < 15
    }
    taken, refused = 0, []
    for ticket in Ticket.objects.with_numbers(numbers).permitted(person, "tickets.assign"):
        try:
            assign_ticket(actor=person, ticket=ticket, assignee=person)
        except DomainError as refusal:
            refused.append(str(refusal))
        else:
            taken += 1
    if taken:
        words = ngettext("%(n)d ticket is yours now.", "%(n)d tickets are yours now.", taken) % {"n": taken}
        messages.success(request, words)
    elif not refused:
        messages.warning(request, _("Tick the tickets first, then choose “Assign to me”."))
    for words in refused[:5]:
        messages.warning(request, words)
    return redirect(f"{reverse('tickets:queue')}?{request.GET.urlencode()}")


def _schools(person: Any) -> list[School]:
    return list(School.objects.active().by_name().permitted(person, "tickets.queue"))


def _narrowed(person: Any, filters: QueueFilters) -> TicketQuerySet:
    mine: Any = Ticket.objects.permitted(person, "tickets.queue")
    return filters.narrow(mine)


def _moment(text: str) -> dt.datetime | None:
    if not text:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInput(_("This address is cut off. Open the queue again."), code="bad_since")
    return moment


def _without_cursor(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query.pop("since", None)
    return query.urlencode()


def _title(filters: QueueFilters, schools: list[School]) -> str:
    """The heading says what the list is: "Lincoln Elementary, mine"."""
    code = filters.data.get("school")
    chosen = next((school.name for school in schools if school.code == code), "")
    if filters.data.get("assignee") == "me":
        return _("%(school)s: my tickets") % {"school": chosen} if chosen else _("My tickets")
    if chosen:
        return _("%(school)s: queue") % {"school": chosen}
    return _("%(school)s: queue") % {"school": schools[0].name} if len(schools) == 1 else _("Queue")


def _count_words(count: int) -> str:
    if count > MOST_COUNTED:
        return _("1,000+ tickets")
    return ngettext("%(n)d ticket", "%(n)d tickets", count) % {"n": count}
