"""Home, health and error pages."""

from __future__ import annotations

from typing import Any

from django.db import Error as AnyDatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from techdesk.api.problems import page_problem
from techdesk.base.policy import may, policy, public


@policy("directory.view_school")
def home(request: HttpRequest) -> HttpResponse:
    """The first page: technicians start in the queue, everybody else with "What do you need?"."""
    person: Any = request.user
    if may(person, "tickets.queue") and may(person, "tickets.assign"):
        return redirect("tickets:queue")
    return redirect("tickets:ask")


@public(reason="tells a load balancer that the process answers")
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@public(
    reason="tells a load balancer whether requests can be served; strangers learn no more than which part is missing"
)
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, Redis and migrations are in order, else 503. Says which of them is not."""
    checks = {"database": False, "migrations": False, "redis": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        executor = MigrationExecutor(connection)
        checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except AnyDatabaseError:
        pass
    checks["redis"] = _redis_answers()
    return JsonResponse({"ready": all(checks.values()), **checks}, status=200 if all(checks.values()) else 503)


def _redis_answers() -> bool:
    import redis
    from django.conf import settings

    try:
        client = redis.Redis.from_url(
            str(settings.CACHES["default"]["LOCATION"]), socket_timeout=0.5, socket_connect_timeout=0.5
        )
        try:
            return bool(client.ping())
        finally:
            client.close()
    except (redis.RedisError, OSError):
        return False


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_problem(request, 400) or render(request, "400.html", status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_problem(request, 403) or render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return page_problem(request, 404) or render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    from django.template.loader import get_template

    # Without context processors: whatever broke may break them too.
    return page_problem(request, 500) or HttpResponse(get_template("500.html").render({}), status=500)


@public(reason="Django's answer to a missing or stale form token")
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", {"message": _("This form was open for too long.")}, status=403)
