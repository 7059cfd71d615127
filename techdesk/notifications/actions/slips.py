"""Slips that were printed, because somebody says so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import transaction

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import now
from techdesk.notifications.choices import DeliveryState
from techdesk.notifications.models import Delivery


@transaction.atomic
def mark_printed(*, actor: Any, keys: Iterable[UUID]) -> int:
    """Note that the waiting slips with these keys lie on paper before `actor`; return how many.

    Slips that are printed already, that do not wait, or that `actor` may not print are left as they are: of two who
    print the same page, the first one stands in the record.
    """
    mine = Delivery.objects.slips().permitted(actor, "notifications.print_slips").with_keys(keys)
    students = get_user_model()._default_manager.filter(pk__in=mine.values("recipient")).order_by("pk")
    people = {person.pk: person for person in students.select_for_update(of=("self",))}
    rows = list(
        Delivery.objects.filter(pk__in=list(mine.values_list("pk", flat=True)), state=DeliveryState.WAITING)
        .select_for_update(of=("self",))
        .order_by("pk")
    )
    rows = [row for row in rows if row.recipient_id in people]
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=DeliveryState.SENT, sent_at=now(), printed_by=actor
    )
    deeds = []
    for pk in sorted({row.recipient_id for row in rows}):
        people[pk].write()
        slips = [row.public_key for row in rows if row.recipient_id == pk]
        deeds.append(Deed(verb="print_slips", thing=people[pk], facts={"slips": slips}))
    record_many(actor=actor, deeds=deeds)
    return len(rows)
