"""The calendar of a school in one's own calendar program: the page that gives the address, and the address."""

from __future__ import annotations

import time
from typing import Any, cast

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from techdesk.base.clock import now
from techdesk.base.policy import load, policy, public
from techdesk.directory import actions
from techdesk.directory.ical import calendar_text, school_events
from techdesk.directory.models import CalendarFeed, School
from techdesk.directory.queries import school_plan, school_years, year_at, year_range

#: How often one address may be asked for in an hour. Programs ask every few hours.
MOST_AN_HOUR = 60
_HOUR = 3600


@policy("directory.view_school")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("token", "address")
def subscribe(request: HttpRequest) -> HttpResponse:
    """GET says what a secret address is; POST makes one and shows it, this once."""
    person: Any = request.user
    code = request.GET.get("school", "")
    school = load(request, School.objects.active(), code__iexact=code) if code else _first_school(person)
    if school is None:
        return render(request, "directory/calendar/none.html")
    address = ""
    if request.method == "POST":
        _feed, token = actions.make_calendar_feed(actor=person, school=school)
        address = request.build_absolute_uri(reverse("directory:calendar-feed", args=[token]))
    answer = render(
        request,
        "directory/calendar/subscribe.html",
        {
            "school": school,
            "address": address,
            "held": CalendarFeed.objects.of(person, school),
            "crumbs": [(_("Calendar"), f"{reverse('directory:calendar')}?{urlencode({'school': school.code})}")],
        },
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _first_school(person: Any) -> School | None:
    return School.objects.active().visible_to(person).by_name().first()


@policy("directory.view_school")
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """The address one had works no more."""
    school = load(request, School.objects.active(), code__iexact=request.GET.get("school", ""))
    actions.stop_calendar_feed(actor=cast(Any, request.user), school=school)
    messages.success(request, _("The address works no more. Calendar programs that used it get nothing new."))
    return redirect(f"{reverse('directory:calendar-subscribe')}?{urlencode({'school': school.code})}")


@public(reason="calendar programs cannot sign in: the address is a secret of 256 random bits, and shows no person")
@require_safe
@sensitive_variables("token")
def feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """The school's calendar as text/calendar; 304 for a program that has it already.

    404 for an address that is not in force, and for one whose person no longer sees the school.
    """
    digest = actions.feed_hash(token)
    held = CalendarFeed.objects.in_force().with_hash(digest).first()
    if held is None or not School.objects.active().visible_to(held.person).with_code(held.school.code).exists():
        if not ratelimit.consume(request, app="allauth.account", action="calendar_feed", limit_get=True):
            return ratelimit.respond_429(request)
        raise Http404
    if wait := _too_often(digest):
        answer = HttpResponse(_("Asked too often. Try again later.") + "\n", status=429, content_type="text/plain")
        answer["Retry-After"] = str(wait)
        return answer
    with translation.override(held.person.language):
        text = _text_of(held.school)
    etag = f'"{actions.feed_hash(text.decode())[:32]}"'
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, no-cache"  # kept, but asked about: the 304 is what it is for
    answer["X-Robots-Tag"] = "noindex"
    answer["Content-Disposition"] = 'inline; filename="school.ics"'
    return get_conditional_response(request, etag=etag, response=answer) or answer


def _text_of(school: School) -> bytes:
    """The present school year and those behind it that are known, as far as two years on."""
    today = now().astimezone(school.zone).date()
    years = school_years()
    known = [(one.starts_on, one.ends_on) for one in years]
    first, last = year_range(known, year_at(known, today))
    following = [end for start, end in known if last < start and start.year == last.year]
    last = max([last, *following])
    plan = school_plan(school, first, last)
    return calendar_text(school, school_events(plan, first, last, years))


def _too_often(digest: str) -> int:
    """Count the request; seconds to wait when it is one too many, else 0. Without the cache nothing is counted."""
    moment = time.time()
    window = int(moment // _HOUR)
    key = f"calendar-feed:{digest[:32]}:{window}"
    cache.add(key, 0, timeout=2 * _HOUR)
    try:
        used = cache.incr(key)
    except ValueError:  # thrown out of the cache between the two calls
        used = 1
    return 0 if used <= MOST_AN_HOUR else max(1, int((window + 1) * _HOUR - moment))
