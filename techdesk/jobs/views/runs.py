"""How far long work is."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from techdesk.base.policy import load, policy
from techdesk.jobs.choices import RunState
from techdesk.jobs.models import JobRun


@policy("jobs.view_run")
@require_safe
def run(request: HttpRequest, key: UUID) -> HttpResponse:
    """The progress of one run. While it goes on the page asks again every two seconds; then it leads to the result."""
    shown = load(request, JobRun.objects.all(), key=key)
    is_open = shown.finished_at is None
    next_url = shown.result.get("url", "")
    answer = render(request, "jobs/run.html", {"run": shown, "is_open": is_open, "next_url": next_url})
    if not is_open and next_url and shown.run_state == RunState.DONE and request.headers.get("HX-Request"):
        answer["HX-Redirect"] = next_url
    return answer
