"""How somebody wants to be told: their own page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from techdesk.base.errors import BadInput
from techdesk.base.policy import may, policy
from techdesk.notifications import actions
from techdesk.notifications.forms import KindsForm, TimesForm
from techdesk.notifications.hooks import all_kinds, rhythms_of
from techdesk.notifications.queries import choices_of, mail_times_of


@policy("notifications.change_own")
@require_http_methods(["GET", "HEAD", "POST"])
def own_notices(request: HttpRequest) -> HttpResponse:
    """For each kind how one is told, and when mail may come. Kinds that nobody may miss are only named."""
    person: Any = request.user
    data = request.POST or None
    times = TimesForm(data, times=mail_times_of(person), school=rhythms_of([person])[person.pk].quiet)
    chosen = choices_of(person)
    offered = [kind for kind in all_kinds() if not kind.for_action or may(person, kind.for_action)]
    groups = [
        KindsForm(data, kinds=list(kinds), chosen=chosen)
        for _group, kinds in groupby([kind for kind in offered if kind.may_switch_off], key=lambda kind: kind.group)
    ]
    forms: list[KindsForm | TimesForm] = [*groups, times]
    wrong = [form for form in forms if not form.is_valid()]  # all are asked, so that all say what is wrong
    if request.method == "POST" and not wrong:
        try:
            actions.choose_notices(
                actor=person,
                choices={slug: choice for form in groups for slug, choice in form.choices().items()},
                **times.cleaned_data,
            )
        except BadInput as refusal:
            for form in forms:
                form.take_refusal(refusal.errors)
        else:
            messages.success(request, _("Saved. It holds for whatever happens from now on."))
            return redirect("notifications:settings")
    always = [kind for kind in offered if not kind.may_switch_off]
    return render(request, "notifications/settings.html", {"groups": groups, "times": times, "always": always})
