"""Chat rooms and SMS gateways: entered, changed, tried out, switched off; and told of what cannot wait."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from techdesk.audit.actions import record
from techdesk.base import outside
from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import may, reaches_all
from techdesk.base.sealed import seal
from techdesk.base.text import clean_line
from techdesk.notifications.channels import Refused, Retry
from techdesk.notifications.channels.webhook import post_message
from techdesk.notifications.choices import TargetKind
from techdesk.notifications.models import Delivery, Notification, WebhookTarget

ACTION = "notifications.change_webhooks"


def _check_place(actor: Any, school: Any) -> None:
    allowed = reaches_all(actor, ACTION, WebhookTarget) if school is None else may(actor, ACTION, school_id=school.pk)
    if not allowed:
        raise PermissionDenied(ACTION)


def _checked(name: str, kind: str, url: str, to: str) -> tuple[str, str]:
    errors: dict[str, list[Any]] = {}
    if not clean_line(name):
        errors["name"] = [_("Give it a name, such as the name of the chat room.")]
    if kind not in TargetKind.values:
        errors["kind"] = [_("Choose what it is.")]
    if kind == TargetKind.SMS and not clean_line(to):
        errors["to"] = [_("Write the phone number that gets the messages.")]
    if url:
        try:
            outside.check_address(url)
        except outside.Forbidden:
            errors["url"] = [_("This is not an address we can post to. It begins with https:// and holds no password.")]
    if errors:
        raise BadInput(_("Something is missing or wrong. Look at the marked fields."), errors=errors)
    return clean_line(name)[:80], clean_line(to)[:40]


@transaction.atomic
def add_target(
    *, actor: Any, school: Any, name: str, kind: str, url: str, secret: str = "", to: str = ""
) -> WebhookTarget:
    """Let a chat room or gateway be told of what cannot wait at `school` (None: at every school).

    Raises BadInput with the fields that are wrong; PermissionDenied outside the actor's schools. Whether anybody
    listens there is not asked: see `try_target`.
    """
    _check_place(actor, school)
    if not url.strip():
        words = _("Paste the address that the chat room or the gateway gives you.")
        raise BadInput(words, errors={"url": [words]})
    name, to = _checked(name, kind, url.strip(), to)
    target = WebhookTarget.objects.create(
        school=school, name=name, kind=kind, sealed_url=seal(url.strip()), sealed_secret=seal(secret.strip()), to=to
    )
    # Neither the address nor the secret is written down anywhere else.
    record(actor=actor, verb="create", thing=target, facts={"name": name, "kind": kind})
    return target


@transaction.atomic
def switch_target(*, actor: Any, target: WebhookTarget, on: bool) -> WebhookTarget:
    """Tell it no more, or again; what waits for it is given up when its turn comes."""
    kept = WebhookTarget.objects.select_for_update(of=("self",)).select_related("school").get(pk=target.pk)
    _check_place(actor, kept.school)
    if kept.is_active != on:
        kept.is_active = on
        kept.write("is_active")
        record(actor=actor, verb="reactivate" if on else "deactivate", thing=kept)
    return kept


def try_target(*, actor: Any, target: WebhookTarget) -> None:
    """Post a message there now. Raises NotPossible `webhook_failed` with what went wrong."""
    _check_place(actor, target.school)
    try:
        post_message(target, _("Techdesk can reach this place. Stopped lessons will be announced here."))
    except (Refused, Retry) as error:
        words = _("It did not work: %(error)s. Copy the address once more, or ask who runs it.")
        raise NotPossible(words % {"error": _words_for(str(error))}, code="webhook_failed") from error


def _words_for(error: str) -> str:
    known = {
        "private_address": _("the address leads into a private network"),
        "not_https": _("the address does not begin with https://"),
        "not_an_address": _("this is no address"),
    }
    return str(known.get(error, error))


def tell_targets(*, notice_once: str, recipient: Any, school: Any) -> int:
    """Announce the notice that `notify()` has just written to `recipient` under `notice_once` at the targets of
    `school`; return at how many. Twice announces once. Call it in the same transaction."""
    notice = Notification.objects.filter(once=f"{notice_once}:{recipient.pk}").first()
    if notice is None:
        return 0
    rows = [
        Delivery(
            notification=notice,
            recipient=recipient,
            kind=notice.kind,
            thread=notice.thread,
            channel="webhook",
            target=target,
            address=target.name,
        )
        for target in WebhookTarget.objects.listening_at(school)
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)
