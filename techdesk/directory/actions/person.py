"""People: made, changed, switched off and on again. Names and addresses never stand in the history, field names do."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import Deed, record, record_many
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible, Stale
from techdesk.base.text import fold
from techdesk.directory.actions.fields import put, unless_taken
from techdesk.directory.actions.locks import lock_people, lock_person
from techdesk.directory.choices import PersonKind
from techdesk.directory.models import ExternalId, Invitation, Person, Room
from techdesk.directory.signals import person_deactivated
from techdesk.ui.context import THEMES

#: What `change_person` may change; roles, password and being active have actions of their own.
CHANGEABLE = frozenset(
    {
        "given_name",
        "middle_name",
        "family_name",
        "email",
        "username",
        "identifier",
        "grade",
        "phone",
        "language",
    }
)
SERVICE_SOURCE = "techdesk"


def _email_taken() -> BadInput:
    text = _("Somebody else already has this email address.")
    return BadInput(text, code="duplicate_email", errors={"email": [text]})


def _room_not_yours() -> BadInput:
    text = _("There is no such room at your school.")
    return BadInput(text, code="unknown_room", errors={"default_room": [text]})


@transaction.atomic
def create_person(
    *,
    actor: Person,
    kind: str,
    given_name: str,
    family_name: str,
    email: str | None = None,
    middle_name: str = "",
    username: str = "",
    identifier: str = "",
    grade: str = "",
    phone: str = "",
    language: str = "en",
) -> Person:
    """Add one person, without roles and without a password: `grant_role` and `invite` come next.

    Raises BadInput: `bad_input` with messages by field, `duplicate_email` (addresses are unique without case).
    """
    person = Person(kind=kind)
    person.set_unusable_password()
    put(
        person,
        {
            "kind": kind,
            "given_name": given_name,
            "middle_name": middle_name,
            "family_name": family_name,
            "email": email,
            "username": username,
            "identifier": identifier,
            "grade": grade,
            "phone": phone,
            "language": language,
        },
    )
    person.fill_search()
    with unless_taken("email", _email_taken()):
        person.save()
    record(actor=actor, verb="create", thing=person, facts={"kind": person.kind})
    return person


@transaction.atomic
def change_person(*, actor: Person, person: Person, version: int | None = None, **fields: Any) -> Person:
    """Change some of CHANGEABLE. The same values again change nothing and write no history.

    A new address ends the invitations that went to the old one. Raises Stale when `version` is not the present
    one, BadInput as `create_person` does, TypeError for a field this is not for.
    """
    if unknown := set(fields) - CHANGEABLE:
        raise TypeError(f"change_person() does not change {sorted(unknown)}")
    kept = lock_person(person)
    if version is not None and version != kept.version:
        text = _("Somebody else changed this person meanwhile. Look at it again, then save.")
        raise Stale(text, version=kept.version)
    changed = put(kept, fields)
    if not changed:
        return kept
    kept.fill_search()
    with unless_taken("email", _email_taken()):
        kept.write(*changed, "sort_name", "search_text")
    if "email" in changed:
        Invitation.objects.open().filter(person=kept).update(revoked_at=now())
    record(actor=actor, verb="change", thing=kept, facts={"fields": sorted(changed)})
    return kept


@transaction.atomic
def change_own_settings(*, actor: Person, theme: str, language: str, default_room: Room | None) -> Person:
    """A person's own look, language and the room a help request starts from (of a school of theirs, or none).

    Raises BadInput for a theme or language there is none of, `unknown_room` for a room the person does not see.
    """
    kept = lock_person(actor)
    if theme not in THEMES:
        raise BadInput(_("There is no such theme."), errors={"theme": [_("There is no such theme.")]})
    if language not in dict(settings.LANGUAGES):
        text = _("Techdesk does not speak this language yet.")
        raise BadInput(text, errors={"language": [text]})
    if default_room is not None and not Room.objects.active().visible_to(actor).filter(pk=default_room.pk).exists():
        raise _room_not_yours()
    changed = put(kept, {"theme": theme, "language": language, "default_room": default_room})
    if changed:
        kept.write(*changed)
        record(actor=actor, verb="change", thing=kept, facts={"fields": sorted(changed)})
    return kept


@transaction.atomic
def deactivate_people(*, actor: Person, people: Iterable[Person]) -> list[Person]:
    """Switch people off; return those who were on until now, in the order of their ids.

    Their sessions end with their very next request and never come back (`Person._get_session_auth_hash`), their
    open invitations are revoked. Roles, custody and history stay: what they hold is collected by the apps that
    hear `directory.signals.person_deactivated` after the commit. Raises NotPossible: `yourself`, `service_person`.
    """
    kept = lock_people(people)
    if any(person.pk == actor.pk for person in kept):
        raise NotPossible(_("You cannot switch off your own account. Ask a colleague."), code="yourself")
    if any(person.is_service for person in kept):
        raise NotPossible(_("This account belongs to Techdesk itself and stays on."), code="service_person")
    moment = now()
    leaving = [person for person in kept if person.is_active]
    for person in leaving:
        person.is_active, person.deactivated_at = False, moment
        person.version, person.updated_at = person.version + 1, moment
    Person.objects.bulk_update(leaving, ["is_active", "deactivated_at", "version", "updated_at"], batch_size=1000)
    ids = [person.pk for person in leaving]
    Invitation.objects.open().filter(person_id__in=ids).update(revoked_at=moment)
    record_many(actor=actor, deeds=[Deed(verb="deactivate", thing=person) for person in leaving])
    for pk in ids:
        transaction.on_commit(partial(person_deactivated.send_robust, sender=Person, person_id=pk, actor_id=actor.pk))
    return leaving


@transaction.atomic
def reactivate_people(*, actor: Person, people: Iterable[Person]) -> list[Person]:
    """Switch people on again; return those who were off. They sign in anew with the password they had.

    `deactivated_at` keeps the last time they were off: it is part of what a session is checked against.
    """
    returning = [person for person in lock_people(people) if not person.is_active]
    moment = now()
    for person in returning:
        person.is_active = True
        person.version, person.updated_at = person.version + 1, moment
    Person.objects.bulk_update(returning, ["is_active", "version", "updated_at"], batch_size=1000)
    record_many(actor=actor, deeds=[Deed(verb="reactivate", thing=person) for person in returning])
    return returning


def service_person(slug: str) -> Person:
    """The named service person that scheduled jobs and imports act as, made when it is first asked for.

    slug: lower-case words, such as "scheduler" or "roster". Nobody can sign in as one. Two callers at once get
    the same person.
    """
    if slug != fold(slug) or not slug:
        raise ValueError(f"{slug!r} is not a lower-case name")
    found = _service_person(slug)
    return found if found is not None else _make_service_person(slug)


def _service_person(slug: str) -> Person | None:
    known = ExternalId.objects.filter(source=SERVICE_SOURCE, kind="person", value=f"service:{slug}")
    person: Person | None = Person.objects.filter(pk__in=known.values("target_id")).first()
    return person


def _make_service_person(slug: str) -> Person:
    taken = NotPossible(_("Somebody else was quicker."), code="service_person_exists")
    try:
        with transaction.atomic(), unless_taken("directory_externalid_once", taken):
            person = Person(kind=PersonKind.SERVICE, given_name="Techdesk", family_name=slug)
            person.set_unusable_password()
            person.fill_search()
            person.save()
            ExternalId.objects.create(
                source=SERVICE_SOURCE, kind="person", value=f"service:{slug}", target_id=person.pk
            )
            record(actor=person, verb="create", thing=person, facts={"kind": PersonKind.SERVICE.value})
            return person
    except NotPossible:
        found = _service_person(slug)
        if found is None:
            raise
        return found
