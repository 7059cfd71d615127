"""The mails of the demo district, as its mail server kept them. There is no such page anywhere else."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from techdesk.base.policy import policy
from techdesk.notifications.kept_mail import kept_names, read_mail

SHOWN = 50


@policy("notifications.view_demo_mail")
@require_safe
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The newest mails; with `?open=<name>` one of them, as plain text. `?before=<name>` goes further back."""
    if not settings.DEMO:
        raise Http404
    names = kept_names()
    if wanted := request.GET.get("open"):
        # Only a name that the folder lists is ever opened: no path from outside reaches the disk.
        mail = read_mail(wanted) if wanted in names else None
        if mail is None:
            raise Http404
        return render(request, "notifications/demo_mail_open.html", {"mail": mail})
    if before := request.GET.get("before"):
        names = [name for name in names if name < before]
    mails = [mail for name in names[:SHOWN] if (mail := read_mail(name)) is not None]
    older = names[SHOWN - 1] if len(names) > SHOWN else ""
    return render(request, "notifications/demo_mail.html", {"mails": mails, "older": older})
