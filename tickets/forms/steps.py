"""What each step of a ticket asks. Every form carries the version of the page it stood on."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from techdesk.base.text import clean_text
from techdesk.ui.forms import ChoiceCards
from tickets.choices import LONGEST_TEXT, WaitingFor
from tickets.forms.photo import PhotoForm
from tickets.models import Ticket
from tickets.queries import workers_of

ME, NOBODY = "me", "nobody"


def text_field(label: Any, *, rows: int = 4, required: bool = True, help_text: Any = "") -> forms.CharField:
    """A box for several lines, as long as a message may be. One that holds nothing to read counts as empty."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST_TEXT,
        help_text=help_text,
        validators=[_something_to_read] if required else [],
        widget=forms.Textarea({"rows": rows}),
        error_messages={"required": _("Write a few words.")},
    )


def _something_to_read(text: str) -> None:
    if not clean_text(text):
        raise ValidationError(_("Write a few words."), code="empty_text")


class StepForm(forms.Form):
    """`version` is the ticket's when the page was drawn; `submission` makes a second press harmless."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, ticket: Ticket, person: Any, **options: Any) -> None:
        self.ticket, self.person = ticket, person
        options["initial"] = {"version": ticket.version, "submission": uuid.uuid4(), **options.get("initial", {})}
        super().__init__(*args, **options)

    def focus_first(self) -> None:
        """Put the cursor into the first box: for a page that has nothing else to do."""
        for field in self.visible_fields()[:1]:
            if field.widget_type != "choicecards":
                field.field.widget.attrs["autofocus"] = True


class PlainForm(StepForm):
    """Asks nothing: close, resume."""


class ReplyForm(PhotoForm, StepForm):
    body = text_field(_("Your reply"))
    waits = forms.BooleanField(
        label=_("Wait for their answer"),
        required=False,
        help_text=_("The ticket goes on by itself as soon as they reply."),
    )
    submission = forms.UUIDField(widget=forms.HiddenInput)
    field_order = ("body", "photo", "waits")

    def __init__(self, *args: Any, works_here: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if works_here:
            self.fields["photo"].help_text = _("Where it was taken is not kept.")
        elif not self.ticket.is_active:
            self.fields["body"].help_text = _("Your reply opens the request again, and the technician is told.")
        if not (works_here and self.ticket.is_active and self.ticket.requester_id != self.person.pk):
            del self.fields["waits"]


class NoteForm(StepForm):
    body = text_field(_("Note"), rows=3)
    submission = forms.UUIDField(widget=forms.HiddenInput)


class AssignForm(StepForm):
    assignee = forms.ChoiceField(label=_("Give it to"))
    field_order = ("assignee",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.workers = {worker.public_key: worker for worker in workers_of(self.ticket.school)}
        others = [(key, worker.name) for key, worker in self.workers.items() if worker.pk != self.person.pk]
        self.fields["assignee"].choices = [(ME, _("Me")), *others, (NOBODY, _("Nobody yet"))]  # type: ignore[attr-defined]
        now = self.ticket.assignee
        if now is not None:
            self.initial.setdefault("assignee", ME if now.pk == self.person.pk else now.public_key)

    @property
    def chosen(self) -> Any:
        """The person, or None for nobody."""
        choice = self.cleaned_data["assignee"]
        return self.person if choice == ME else self.workers.get(choice)


class WaitForm(StepForm):
    waiting_for = forms.ChoiceField(
        label=_("What does it wait for?"),
        choices=[
            (WaitingFor.REQUESTER.value, _("For an answer of the person who asked")),
            (WaitingFor.PARTS.value, _("For parts")),
            (WaitingFor.VENDOR.value, _("For the vendor")),
        ],
        widget=ChoiceCards(icons={choice.value: choice.icon for choice in WaitingFor}),
    )
    field_order = ("waiting_for",)


class ResolveForm(StepForm):
    resolution = text_field(
        _("What did you do?"),
        help_text=_("It goes to the person who asked, with how to come back when it is not solved."),
    )
    field_order = ("resolution",)


class ReopenForm(StepForm):
    reason = text_field(_("What is still wrong?"))
    field_order = ("reason",)


class CancelForm(StepForm):
    reason = text_field(_("Why?"), rows=3, required=False)
    field_order = ("reason",)
