"""What an import made and what has to stay when the import is undone, because something depends on it: switched off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce, Least

from techdesk.audit.actions import Deed, record_many
from techdesk.base.clock import district_today, now
from techdesk.directory.actions.person import deactivate_people
from techdesk.directory.models import (
    Enrolment,
    ExternalId,
    Guardianship,
    Invitation,
    Person,
    RoleAssignment,
    Room,
    School,
    Section,
)
from techdesk.jobs.hooks import keep_with
from techdesk.jobs.models import ImportRun


def declare_keeps() -> None:
    """Tell the imports how each kind of thing is switched off. Called when the app is ready."""
    keep_with(Person, keep_people)
    keep_with(RoleAssignment, keep_roles)
    keep_with(ExternalId, keep_links)
    keep_with(Invitation, keep_invitations)
    keep_with(Guardianship, keep_guardianships)
    keep_with(Enrolment, keep_enrolments)
    for model, called in ((School, "school"), (Room, "room"), (Section, "section")):
        keep_with(model, _switch_off(model, called))


def _listed_elsewhere(called: str, ids: Sequence[int], run: ImportRun) -> set[int]:
    links = ExternalId.objects.filter(kind=called, target_id__in=ids, present=True).exclude(source=run.source)
    return set(links.values_list("target_id", flat=True))


def keep_people(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    """Whom another source lists stays on. Raises as `deactivate_people` does."""
    leaving = set(ids) - _listed_elsewhere("person", ids, run)
    deactivate_people(actor=actor, people=Person.objects.filter(pk__in=leaving))


def keep_roles(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    """They end with their person's time here; where somebody was stays known to those who must collect things."""
    ending = RoleAssignment.objects.filter(pk__in=ids, ended_at__isnull=True, person__is_active=False)
    ending.update(ended_at=now())


def keep_links(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    """The source no longer lists the thing: when it does again, the thing comes back with it."""
    ExternalId.objects.filter(pk__in=ids).update(present=False)


def keep_invitations(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    Invitation.objects.open().filter(pk__in=ids).update(revoked_at=now())


def keep_guardianships(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    Guardianship.objects.filter(pk__in=ids, ended_at__isnull=True).update(ended_at=now())


def keep_enrolments(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
    today = district_today()
    ending = Enrolment.objects.filter(pk__in=ids, is_active=True)
    ending.update(is_active=False, ends_on=Least(Coalesce(F("ends_on"), today), today))


def _switch_off(model: Any, called: str) -> Callable[..., None]:
    def keep(*, actor: Any, ids: Sequence[int], run: ImportRun) -> None:
        rows = (
            model._base_manager.select_for_update(of=("self",))
            .filter(pk__in=set(ids) - _listed_elsewhere(called, ids, run))
            .order_by("pk")
        )
        things = list(rows.select_related("school") if model is Room else rows)
        moment = now()
        for thing in things:
            thing.is_active, thing.version, thing.updated_at = False, thing.version + 1, moment
        model._base_manager.bulk_update(things, ["is_active", "version", "updated_at"], batch_size=500)
        record_many(
            actor=actor,
            deeds=[Deed("undo_import", thing, {"import": run.public_key, "kept": True}) for thing in things],
        )

    return keep
