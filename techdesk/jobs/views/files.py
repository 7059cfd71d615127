"""Handing out stored files: only through the door, never as something a browser would run."""

from __future__ import annotations

import uuid

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from techdesk.base.log import log
from techdesk.base.policy import load, policy
from techdesk.jobs.actions import open_stored_file
from techdesk.jobs.models import StoredFile


@policy("jobs.view_file")
@require_safe
def stored_file(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """One file: a picture that was drawn anew is shown, anything else is only ever saved."""
    file = load(request, StoredFile.objects.all(), key=key)
    try:
        content = open_stored_file(file)
    except FileNotFoundError:
        log.error("stored file is gone", file=file.public_key)
        raise Http404(_("This file is no longer here.")) from None
    answer = FileResponse(
        content,
        as_attachment=not file.is_picture,
        filename=file.original_name,
        content_type=file.content_type if file.is_picture else "application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
