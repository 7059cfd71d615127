"""On a person's page: where they are signed in and whether a second step guards it, for those who answer for that."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string

from techdesk.base.policy import may
from techdesk.directory.models import Person
from techdesk.directory.queries.sign_in import needs_second_factor, sessions_of, with_second_factor


def sign_in_panel(request: HttpRequest, person: Person) -> str | None:
    viewer: Any = request.user
    if not person.may_sign_in or not may(viewer, "directory.end_sessions", person):
        return None
    has_factor = with_second_factor().filter(user=person).exists()
    context = {
        "person": person,
        "sessions": sessions_of(person),
        "has_factor": has_factor,
        "needs_factor": not has_factor and needs_second_factor(person),
        "is_self": person.pk == viewer.pk,
    }
    return render_to_string("directory/panels/sign_in.html", context, request)
