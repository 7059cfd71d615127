"""What an action refused, said where the person can mend it."""

from __future__ import annotations

from django.forms import BaseForm

from techdesk.base.errors import BadInput, DomainError

#: Names that actions use for what a form calls otherwise.
_FIELDS = {"subject": "what", "description": "what", "pictures": "photo"}


def show_refusal(form: BaseForm, refusal: DomainError) -> None:
    """Put a refusal at the fields it is about, or above the form."""
    placed = False
    if isinstance(refusal, BadInput):
        for name, texts in refusal.errors.items():
            field = name if name in form.fields else _FIELDS.get(name)
            for text in texts:
                form.add_error(field if field in form.fields else None, text)
                placed = True
    if not placed:
        form.add_error(None, refusal.message)
