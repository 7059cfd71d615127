"""What the queue can be narrowed to. All of it stands in the address, so a view can be sent to a colleague."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from techdesk.directory.models import School
from tickets.choices import Priority, TicketStatus
from tickets.models import IssueType
from tickets.querysets import TicketQuerySet

ALL = "all"


class QueueFilters(forms.Form):
    """Always bound to the address; a value nobody knows is ignored, so that an old link still opens the queue."""

    search = forms.CharField(label=_("Number or words"), required=False, max_length=200, strip=True)
    status = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Not finished")), *TicketStatus.choices, (ALL, _("All"))],
    )
    assignee = forms.ChoiceField(
        label=_("With"), required=False, choices=[("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))]
    )
    priority = forms.ChoiceField(
        label=_("Priority"), required=False, choices=[("", _("Any")), *reversed(Priority.choices)]
    )
    issue = forms.ChoiceField(label=_("About"), required=False)

    def __init__(self, *args: Any, person: Any, schools: list[School], **options: Any) -> None:
        super().__init__(*args, **options)
        self.person = person
        issues = [(issue.slug, str(issue)) for issue in IssueType.objects.offered()]
        self.fields["issue"].choices = [("", _("Anything")), *issues]  # type: ignore[attr-defined]
        if len(schools) > 1:
            self.fields["school"] = forms.ChoiceField(
                label=_("School"), required=False, choices=[("", _("All")), *((s.code, s.name) for s in schools)]
            )

    @property
    def shows_active(self) -> bool:
        """Only then does urgency decide the order; what is finished is read newest first."""
        return not self._given("status")

    def _given(self, name: str) -> Any:
        self.is_valid()
        return self.cleaned_data.get(name)

    def narrow(self, tickets: TicketQuerySet) -> TicketQuerySet:
        """`tickets` as far as they fit."""
        status = self._given("status")
        if not status:
            tickets = tickets.active()
        elif status != ALL:
            tickets = tickets.filter(status=status)
        if (assignee := self._given("assignee")) == "me":
            tickets = tickets.filter(assignee=self.person)
        elif assignee == "nobody":
            tickets = tickets.filter(assignee__isnull=True)
        if priority := self._given("priority"):
            tickets = tickets.filter(priority=priority)
        if issue := self._given("issue"):
            tickets = tickets.filter(issue_type__slug=issue)
        if school := self._given("school"):
            tickets = tickets.filter(school__code=school)
        if search := self._given("search"):
            tickets = tickets.search(search)
        return tickets
