"""How and when somebody wants to be told: their own choice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.audit.actions import record
from techdesk.base.errors import BadInput
from techdesk.notifications.choices import Choice, QuietChoice
from techdesk.notifications.hooks import all_kinds
from techdesk.notifications.models import KindChoice, MailTimes


@transaction.atomic
def choose_notices(
    *,
    actor: Any,
    choices: Mapping[str, str],
    quiet: str,
    quiet_from: dt.time | None,
    quiet_until: dt.time | None,
    quiet_weekends: bool,
    digest_at: dt.time,
) -> None:
    """Keep how the actor wants to be told of each kind (slug -> value of Choice) and when mail may come.

    What was said before stays as it was decided then. Kinds that are not named keep their choice. Raises BadInput:
    `unknown_kind`, `unknown_choice`, `times_missing` (own quiet hours without both times).
    """
    open_kinds = {kind.slug for kind in all_kinds() if kind.may_switch_off}
    if unknown := set(choices) - open_kinds:
        text = _("There is nothing to choose here any more. Load the page again.")
        raise BadInput(text, code="unknown_kind", errors={slug: [text] for slug in sorted(unknown)})
    if wrong := {slug for slug, choice in choices.items() if choice not in Choice.values}:
        text = _("Choose one of the three.")
        raise BadInput(text, code="unknown_choice", errors={slug: [text] for slug in sorted(wrong)})
    if quiet not in QuietChoice.values:
        text = _("Choose one of the three.")
        raise BadInput(text, code="unknown_choice", errors={"quiet": [text]})
    if quiet == QuietChoice.OWN and (quiet_from is None or quiet_until is None):
        text = _("Say from when until when mail should wait.")
        name = "quiet_from" if quiet_from is None else "quiet_until"
        raise BadInput(text, code="times_missing", errors={name: [text]})
    person = get_user_model()._default_manager.select_for_update(of=("self",)).get(pk=actor.pk)
    KindChoice.objects.bulk_create(
        [KindChoice(person=person, kind=slug, choice=choice) for slug, choice in sorted(choices.items())],
        update_conflicts=True,
        unique_fields=["person", "kind"],
        update_fields=["choice"],
    )
    MailTimes.objects.update_or_create(
        person=person,
        defaults={
            "quiet": quiet,
            "quiet_from": quiet_from,
            "quiet_until": quiet_until,
            "quiet_weekends": quiet_weekends,
            "digest_at": digest_at,
        },
    )
    person.write()
    record(actor=actor, verb="choose_notices", thing=person, facts={"choices": dict(choices), "quiet": quiet})
