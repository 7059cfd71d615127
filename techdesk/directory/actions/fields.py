"""Putting typed or imported values into an object: cleaned, checked field by field, refused all at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from techdesk.base.errors import BadInput, DomainError
from techdesk.base.text import clean_line


def clean_email(email: str | None) -> str | None:
    """An address as it is stored: lower case, without white space around it; None for an empty one."""
    return clean_line(email or "").lower() or None


def put(thing: Model, values: Mapping[str, Any]) -> list[str]:
    """Set `values` on `thing` (lines of text cleaned) and return the names of the fields that changed.

    Raises BadInput with a message per field for what does not fit: too long, not an address, no such choice.
    Nothing is saved.
    """
    changed = []
    for name, value in values.items():
        cleaned = clean_line(value) if isinstance(value, str) else value
        if name == "email":
            cleaned = clean_email(value)
        if getattr(thing, name) != cleaned:
            setattr(thing, name, cleaned)
            changed.append(name)
    check(thing, values)
    return changed


def check(thing: Model, names: Mapping[str, Any] | list[str]) -> None:
    """Raise BadInput when a field among `names` holds what it must not."""
    others = {field.name for field in thing._meta.fields} - set(names)
    try:
        thing.clean_fields(exclude=others)
    except ValidationError as refusal:
        raise BadInput(
            _("Some of this cannot be saved. Look at the marked fields."), errors=refusal.message_dict
        ) from refusal


@contextmanager
def unless_taken(constraint: str, refusal: DomainError) -> Iterator[None]:
    """Raise `refusal` when a unique constraint whose name contains `constraint` is broken inside.

    The database decides, so two at once get one winner. The savepoint keeps the transaction around it usable.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if constraint not in (getattr(diagnosis, "constraint_name", "") or ""):
            raise
        raise refusal from error
