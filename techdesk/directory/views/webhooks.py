"""Chat rooms and SMS gateways that hear of stopped lessons: the list, a new one, a try, switching one off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from techdesk.base.errors import BadInput, NotPossible
from techdesk.base.policy import load, policy
from techdesk.directory.forms import show_refusal
from techdesk.directory.webhook_forms import WebhookForm
from techdesk.notifications import actions
from techdesk.notifications.models import WebhookTarget


@policy("notifications.change_webhooks")
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("url", "secret")
def webhooks(request: HttpRequest) -> HttpResponse:
    """Those of the viewer's schools, and a form for one more."""
    viewer: Any = request.user
    form = WebhookForm(request.POST or None, person=viewer)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = {name: form.cleaned_data[name] for name in ("name", "kind", "url", "to", "secret")}
            try:
                target = actions.add_target(actor=viewer, school=form.place, **given)
            except BadInput as refusal:
                show_refusal(form, refusal)
            else:
                messages.success(request, _("%(name)s is added. Try it out now.") % {"name": target.name})
                return redirect("directory:webhooks")
    targets = WebhookTarget.objects.for_list().visible_to(viewer)
    return render(request, "directory/webhooks.html", {"form": form, "targets": targets}, status=status)


@policy("notifications.change_webhooks")
@require_POST
def webhook_try(request: HttpRequest, key: UUID) -> HttpResponse:
    """Post a message there now, and say whether it arrived."""
    target = load(request, WebhookTarget.objects.for_list(), key=key)
    try:
        actions.try_target(actor=request.user, target=target)
    except NotPossible as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("A message is on its way to %(name)s. Look there.") % {"name": target.name})
    return redirect("directory:webhooks")


@policy("notifications.change_webhooks")
@require_POST
def webhook_switch(request: HttpRequest, key: UUID) -> HttpResponse:
    """Switch one off, or on again."""
    target = load(request, WebhookTarget.objects.for_list(), key=key)
    on = request.POST.get("on") == "1"
    actions.switch_target(actor=request.user, target=target, on=on)
    words = _("%(name)s is told again.") if on else _("%(name)s is told no more.")
    messages.success(request, words % {"name": target.name})
    return redirect("directory:webhooks")
