"""A person's own settings."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from techdesk.base.errors import BadInput
from techdesk.base.policy import policy
from techdesk.directory import actions
from techdesk.directory.forms import OwnSettings, show_refusal


@policy("directory.change_own_settings")
@require_http_methods(["GET", "HEAD", "POST"])
def own_settings(request: HttpRequest) -> HttpResponse:
    """Colors, language and the room that requests start with."""
    person: Any = request.user
    initial = {"theme": person.theme, "language": person.language, "default_room": person.default_room}
    form = OwnSettings(request.POST or None, person=person, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_own_settings(actor=person, **form.cleaned_data)
        except BadInput as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved. It is the same on every device you sign in on."))
            answer = redirect("directory:settings")
            answer.delete_cookie("theme")  # what this browser was told before must not win over what was chosen now
            return answer
    return render(request, "directory/settings.html", {"form": form})
