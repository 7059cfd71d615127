"""Staff whom an import brought get a link to choose a password: once each, batch by batch."""

from __future__ import annotations

from django.db import transaction

from techdesk.directory.actions.invitation import invite
from techdesk.directory.actions.locks import lock_people
from techdesk.directory.models import Invitation, Person
from techdesk.directory.queries.imported import waiting_for_invitation
from techdesk.jobs.actions import enqueue
from techdesk.jobs.models import ImportRun

BATCH = 200
JOB = "directory.invite_imported"


def invite_after_import(*, actor: Person, run: ImportRun) -> None:
    """What an import that was told to (option "invite") does when it is applied; in the transaction that closes it."""
    if run.options.get("invite"):
        enqueue(JOB, key=f"invite-imported:{run.pk}", run_id=run.pk, actor_id=actor.pk)


@transaction.atomic
def ask_to_invite_imported(*, actor: Person, run: ImportRun) -> None:
    """Have those invited whom the import brought and who were not invited yet. Asking twice invites nobody twice."""
    enqueue(JOB, run_id=run.pk, actor_id=actor.pk)


def invite_imported(*, run_id: int, actor_id: int) -> None:
    """The job: each batch in one transaction, so that a worker that dies goes on where it stopped."""
    run, actor = ImportRun.objects.get(pk=run_id), Person.objects.get(pk=actor_id)
    while ids := list(waiting_for_invitation(run).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        _invite(actor, ids)


@transaction.atomic
def _invite(actor: Person, ids: list[int]) -> None:
    kept = lock_people(Person(pk=pk) for pk in ids)
    # Under the lock once more: another worker may have been quicker.
    invited = set(Invitation.objects.filter(person__in=kept).values_list("person_id", flat=True))
    if new := [person for person in kept if person.pk not in invited and not person.invitation_obstacle]:
        invite(actor=actor, people=new)
