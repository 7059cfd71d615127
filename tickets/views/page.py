"""The page of one ticket: for those who work on it, and in plainer words for those who asked."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from devices.models import Device
from techdesk.audit.actions import disclose
from techdesk.base.clock import now
from techdesk.base.policy import load, may, policy
from techdesk.notifications.actions import mark_read
from tickets.choices import REOPEN_WITHIN, TRANSITIONS, TicketStatus
from tickets.forms import AssignForm, NoteForm, ReplyForm
from tickets.models import Ticket
from tickets.queries import is_calling
from tickets.story import story_of

#: Verb -> the action that allows it.
STEPS = {
    "reply": "tickets.reply",
    "note": "tickets.note",
    "assign": "tickets.assign",
    "wait": "tickets.wait",
    "resume": "tickets.wait",
    "resolve": "tickets.resolve",
    "reopen": "tickets.reopen",
    "close": "tickets.close",
    "cancel": "tickets.cancel",
}


@policy("tickets.view")
@require_safe
def ticket(request: HttpRequest, number: int) -> HttpResponse:
    """What was asked, what happened, what can be done now."""
    found = load(request, Ticket.objects.for_page(), number=number)
    person: Any = request.user
    # Whoever sees the ticket has seen what the bell told of it.
    mark_read(actor=person, path=found.get_absolute_url())
    context = page_of(request, found)
    can = context["can"]
    if "reply" in can:
        context["reply_form"] = ReplyForm(
            ticket=found, person=person, works_here=context["works_here"], auto_id="reply_%s"
        )
    if "note" in can:
        context["note_form"] = NoteForm(ticket=found, person=person, auto_id="note_%s")
    if "assign" in can:
        context["assign_form"] = AssignForm(ticket=found, person=person, auto_id="assign_%s")
    template = "tickets/ticket.html" if context["internal"] else "tickets/ticket_asked_for.html"
    with timezone.override(found.school.zone):
        return render(request, template, context)


def page_of(request: HttpRequest, found: Ticket, *, since: int | None = None) -> dict[str, Any]:
    """What every page about a ticket shows, and what its reader may do now. Logs whose record is shown."""
    person: Any = request.user
    internal = may(person, "tickets.view_internal", found)
    can = steps_for(person, found)
    students = [one for one in (found.requester, found.affected) if one is not None and one.is_student]
    named = [one for one in students if one.pk == found.requester_id or may(person, "directory.view_person", one)]
    disclose(viewer=person, channel="page", purpose="ticket page", students=[one.pk for one in named])
    devices = list(found.devices.all())
    linked = {device.pk for device in Device.objects.with_tags(d.asset_tag for d in devices).visible_to(person)}
    story = story_of(found, person, internal=internal, since=since)
    up = (_("Queue"), reverse("tickets:queue")) if internal else (_("My requests"), reverse("tickets:mine"))
    return {
        "ticket": found,
        "crumbs": [up],
        # A new key with every one the reader wrote: what was sent does not come back as a draft on this very page.
        "drafts": {
            "reply": f"ticket-reply-{found.number}-{story.own_replies}",
            "note": f"ticket-note-{found.number}-{story.own_notes}",
        },
        "internal": internal,
        "works_here": "note" in can,
        "can": can,
        "affected_named": found.affected is not None and (not found.affected.is_student or found.affected in named),
        "devices": [(device, device.pk in linked) for device in devices],
        "story": story,
        "is_requester": found.requester_id == person.pk,
        "calls_me": may(person, "tickets.acknowledge", found) and is_calling(found),
    }


def steps_for(person: Any, found: Ticket) -> set[str]:
    """The verbs that are legal now and that `person` may do."""
    legal = {verb for verb, transition in TRANSITIONS.items() if found.state in transition.sources} | {"reply", "note"}
    settled_at = found.closed_at or found.resolved_at
    if settled_at is not None and now() - settled_at > REOPEN_WITHIN:
        legal.discard("reopen")
        if found.requester_id == person.pk:
            legal.discard("reply")
    if found.state is TicketStatus.CANCELLED and found.requester_id == person.pk:
        legal.discard("reply")
    if found.state is TicketStatus.WAITING:
        legal.discard("wait")
    allowed = {action: may(person, action, found) for action in {STEPS[verb] for verb in legal}}
    return {verb for verb in legal if allowed[STEPS[verb]]}
