"""The steps of a ticket. Each has a page of its own that asks what it needs; most are also on the ticket's page.

A refusal shows that page again, with everything that was typed. When somebody else changed the ticket in the
meantime it says what is new, and the same button sends it all the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from techdesk.base.errors import DomainError, Stale
from techdesk.base.policy import load, may, policy
from tickets import actions
from tickets.choices import WaitingFor
from tickets.forms import (
    AssignForm,
    CancelForm,
    NoteForm,
    PlainForm,
    ReopenForm,
    ReplyForm,
    ResolveForm,
    StepForm,
    WaitForm,
)
from tickets.models import Ticket
from tickets.views.page import page_of
from tickets.views.photos import take_photo
from tickets.views.refusals import show_refusal

asks = require_http_methods(["GET", "HEAD", "POST"])


@policy("tickets.reply")
@asks
def reply(request: HttpRequest, number: int) -> HttpResponse:
    """Answer in public."""
    ticket = _load(request, number)
    person: Any = request.user
    form = ReplyForm(*_sent(request), ticket=ticket, person=person, works_here=may(person, "tickets.note", ticket))

    def act(given: dict[str, Any]) -> None:
        actions.add_message(
            actor=person,
            ticket=ticket,
            body=given["body"],
            pictures=given["pictures"],
            submission=given["submission"],
            version=given["version"],
            waiting_for=WaitingFor.REQUESTER if given.get("waits") else "",
        )

    return _step(
        request, ticket, form, act, title=_("Reply"), submit=_("Send reply"), done=_("Your reply is on its way.")
    )


@policy("tickets.note")
@asks
def note(request: HttpRequest, number: int) -> HttpResponse:
    """Leave a note that only technicians see."""
    ticket = _load(request, number)
    form = NoteForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.add_message(
            actor=request.user,
            ticket=ticket,
            body=given["body"],
            is_internal=True,
            submission=given["submission"],
            version=given["version"],
        )

    return _step(
        request, ticket, form, act, title=_("Internal note"), submit=_("Keep note"), internal=True,
        done=_("Your note is kept. Only technicians see it."),
    )  # fmt: skip


@policy("tickets.assign")
@asks
def assign(request: HttpRequest, number: int) -> HttpResponse:
    """Give the ticket to somebody, or to nobody."""
    ticket = _load(request, number)
    form = AssignForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.assign_ticket(actor=request.user, ticket=ticket, assignee=form.chosen, version=given["version"])

    return _step(
        request, ticket, form, act, title=_("Who works on it?"), submit=_("Assign"),
        done=_("%(ticket)s has changed hands.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.acknowledge")
@require_POST
def on_it(request: HttpRequest, number: int) -> HttpResponse:
    """Say that one is on it: nobody else is told."""
    ticket = actions.acknowledge(actor=request.user, ticket=_load(request, number))
    messages.success(request, _("Thank you. Nobody else is told of %(ticket)s.") % {"ticket": ticket})
    return redirect(ticket)


@policy("tickets.wait")
@asks
def wait(request: HttpRequest, number: int) -> HttpResponse:
    """Let the ticket wait for somebody or something."""
    ticket = _load(request, number)
    form = WaitForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.wait_ticket(
            actor=request.user, ticket=ticket, waiting_for=given["waiting_for"], version=given["version"]
        )

    return _step(
        request, ticket, form, act, title=_("Let it wait"), submit=_("Let it wait"),
        done=_("%(ticket)s waits. The person who asked was told.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.wait")
@asks
def resume(request: HttpRequest, number: int) -> HttpResponse:
    """Take a waiting ticket up again."""
    ticket = _load(request, number)
    form = PlainForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.resume_ticket(actor=request.user, ticket=ticket, version=given["version"])

    return _step(
        request, ticket, form, act, title=_("Go on with it"), submit=_("Go on"),
        done=_("%(ticket)s is in work again.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.resolve")
@asks
def resolve(request: HttpRequest, number: int) -> HttpResponse:
    """Say that it is solved, and how."""
    ticket = _load(request, number)
    form = ResolveForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.resolve_ticket(
            actor=request.user, ticket=ticket, resolution=given["resolution"], version=given["version"]
        )

    return _step(
        request, ticket, form, act, title=_("Resolve"), submit=_("Resolve"),
        done=_("%(ticket)s is resolved. The person who asked was told.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.reopen")
@asks
def reopen(request: HttpRequest, number: int) -> HttpResponse:
    """Still broken: take it up again."""
    ticket = _load(request, number)
    form = ReopenForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.reopen_ticket(actor=request.user, ticket=ticket, reason=given["reason"], version=given["version"])

    return _step(
        request, ticket, form, act, title=_("Still broken"), submit=_("Reopen"),
        done=_("%(ticket)s is open again. The technician was told.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.close")
@asks
def close(request: HttpRequest, number: int) -> HttpResponse:
    """It works now."""
    ticket = _load(request, number)
    form = PlainForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.close_ticket(actor=request.user, ticket=ticket, version=given["version"])

    return _step(
        request, ticket, form, act, title=_("It works now"), submit=_("Yes, it works"),
        done=_("Good to hear. %(ticket)s is closed.") % {"ticket": ticket},
    )  # fmt: skip


@policy("tickets.cancel")
@asks
def cancel(request: HttpRequest, number: int) -> HttpResponse:
    """Withdraw a request that needs no work any more."""
    ticket = _load(request, number)
    form = CancelForm(*_sent(request), ticket=ticket, person=request.user)

    def act(given: dict[str, Any]) -> None:
        actions.cancel_ticket(actor=request.user, ticket=ticket, reason=given["reason"], version=given["version"])

    return _step(
        request, ticket, form, act, title=_("Withdraw this request"), submit=_("Withdraw"), danger=True,
        done=_("%(ticket)s is withdrawn.") % {"ticket": ticket},
    )  # fmt: skip


def _load(request: HttpRequest, number: int) -> Ticket:
    return load(request, Ticket.objects.for_page(), number=number)


def _sent(request: HttpRequest) -> tuple[Any, Any]:
    return (request.POST, request.FILES) if request.method == "POST" else (None, None)


def _step(
    request: HttpRequest,
    ticket: Ticket,
    form: StepForm,
    act: Callable[[dict[str, Any]], None],
    *,
    title: str,
    submit: str,
    done: str,
    internal: bool = False,
    danger: bool = False,
) -> HttpResponse:
    """Do it and go back to the ticket; else show the form, what is wrong with it, and what happened meanwhile."""
    status, since = 200, None
    if form.is_bound:
        status = 422
        good = form.is_valid()
        pictures = take_photo(request, form) if isinstance(form, ReplyForm) else []
        if good and not form.errors:
            try:
                act({**form.cleaned_data, "pictures": pictures})
            except Stale:
                status, since = 409, form.cleaned_data["version"]
            except DomainError as refusal:
                status = refusal.status
                show_refusal(form, refusal)
            else:
                messages.success(request, done)
                return redirect(ticket)
        # What is sent next was written in sight of what is new.
        ticket = _load(request, ticket.number)
        data = cast(QueryDict, form.data).copy()
        data[form.add_prefix("version")] = str(ticket.version)
        form.data = data
    else:
        form.focus_first()
    context = page_of(request, ticket, since=since)
    context["crumbs"] = [*context["crumbs"], (str(ticket), ticket.get_absolute_url())]
    context |= {"form": form, "title": title, "submit": submit, "step_internal": internal, "danger": danger}
    step = request.path.rstrip("/").rpartition("/")[2]
    context["draft"] = context["drafts"].get(step, f"ticket-{step}-{ticket.number}")
    context["stale"] = status == 409 and since is not None
    with timezone.override(ticket.school.zone):
        return render(request, "tickets/step.html", context, status=status)
