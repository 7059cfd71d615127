"""Tying stored pictures and documents to a ticket or to one of its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.jobs.models import StoredFile
from tickets.choices import MOST_PICTURES
from tickets.models import Attachment, Message, Ticket


def attach(*, actor: Any, ticket: Ticket, pictures: Sequence[StoredFile], message: Message | None = None) -> None:
    """Add `pictures`, each stored by `actor` and used only here.

    Raises BadInput: too_many_pictures, not_your_picture, picture_in_use.
    """
    if not pictures:
        return
    if len(pictures) > MOST_PICTURES:
        raise _refused("too_many_pictures", _("Add at most %(count)d files.") % {"count": MOST_PICTURES})
    if any(picture.uploaded_by_id != actor.pk for picture in pictures):
        raise _refused("not_your_picture", _("Choose the file again, please."))
    try:
        with transaction.atomic():
            Attachment.objects.bulk_create(
                [Attachment(ticket=ticket, message=message, file=picture) for picture in pictures]
            )
    except IntegrityError:
        raise _refused("picture_in_use", _("This file was sent before. Choose it again, please.")) from None


def _refused(code: str, words: str) -> BadInput:
    return BadInput(words, code=code, errors={"pictures": [words]})
