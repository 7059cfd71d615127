"""Opening a ticket."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from devices.models import Device
from techdesk.audit.actions import record
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.models import Room, School
from techdesk.jobs.models import StoredFile
from tickets.actions.pictures import attach
from tickets.actions.tell import tell_opened
from tickets.actions.urgent import raise_alert
from tickets.actions.words import checked_subject, checked_text
from tickets.choices import Priority
from tickets.models import IssueType, Ticket, TicketDevice


@transaction.atomic
def open_ticket(
    *,
    actor: Any,
    school: School,
    subject: str,
    requester: Any = None,
    description: str = "",
    issue_type: IssueType | None = None,
    room: Room | None = None,
    devices: Sequence[Device] = (),
    affected: Any = None,
    priority: str | None = None,
    pictures: Sequence[StoredFile] = (),
    submission: uuid.UUID | None = None,
) -> Ticket:
    """Open a ticket at `school` and tell its technicians. `requester` is the actor when nobody else is named.

    The same `submission` by the same actor gives the ticket it gave before, also when both arrive at once.
    Raises BadInput: empty_text, too_long, room_elsewhere, unknown_priority, submission_used and those of pictures;
    NotPossible: school_inactive, person_inactive.
    """
    if submission is not None and (before := _opened_before(submission, actor)):
        return before
    requester = requester or actor
    if not school.is_active:
        raise NotPossible(
            _("%(school)s is closed in Techdesk. Choose another school.") % {"school": school}, code="school_inactive"
        )
    for person in (requester, affected):
        if person is not None and (not person.is_active or person.is_service):
            raise NotPossible(_("This person is no longer active here. Choose somebody else."), code="person_inactive")
    if room is not None and room.school_id != school.pk:
        words = _("This room is not at %(school)s. Choose another room.") % {"school": school}
        raise BadInput(words, code="room_elsewhere", errors={"room": [words]})
    if priority is not None and priority not in Priority.values:
        words = _("This priority is not known.")
        raise BadInput(words, code="unknown_priority", errors={"priority": [words]})
    ticket = Ticket(
        submission=submission,
        subject=checked_subject(subject),
        description=checked_text(description, name="description", required=False),
        priority=priority or (issue_type.default_priority if issue_type else Priority.NORMAL),
        issue_type=issue_type,
        school=school,
        room=room,
        requester=requester,
        affected=affected,
        entered_by=actor,
    )
    ticket.fill_search()
    try:
        with transaction.atomic():
            ticket.save()
    except IntegrityError:
        # Sent twice at the same moment: the other one was first.
        if submission is None or not (before := _opened_before(submission, actor)):
            raise
        return before
    about = list({device.pk: device for device in devices}.values())
    TicketDevice.objects.bulk_create([TicketDevice(ticket=ticket, device=device) for device in about])
    attach(actor=actor, ticket=ticket, pictures=pictures)
    facts: dict[str, Any] = {"priority": ticket.priority, "devices": [device.asset_tag for device in about]}
    if requester.pk != actor.pk:
        facts["requester"] = requester.public_key
    record(actor=actor, verb="open", thing=ticket, facts=facts)
    tell_opened(ticket, actor=actor, devices=about)
    if ticket.priority == Priority.URGENT:
        raise_alert(ticket=ticket, actor=actor)
    return ticket


def _opened_before(submission: uuid.UUID, actor: Any) -> Ticket | None:
    """The ticket this form opened already. Somebody else's form with the same number is refused."""
    before = Ticket.objects.for_list().with_submission(submission)
    if before is not None and before.entered_by_id != actor.pk:
        raise BadInput(_("This form was used before. Open a new one."), code="submission_used")
    return before
