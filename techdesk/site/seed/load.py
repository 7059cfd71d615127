"""Loading a synthetic district: everything or nothing, into an empty database."""

from __future__ import annotations

import datetime as dt

import pghistory
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions import service_person
from techdesk.directory.models import District, Person
from techdesk.site.demo.load import LOCK
from techdesk.site.seed.copying import Tables
from techdesk.site.seed.fleet import Fleet
from techdesk.site.seed.help_requests import HelpRequests
from techdesk.site.seed.people import People
from techdesk.site.seed.plan import DISTRICT, Sizes, schools

DEFAULT_SEED = 20250815


def check(sizes: Sizes, *, titles: int = 0) -> None:
    """May a district of these sizes be loaded here?

    Raises BadInput (`bad_size`, `no_library`) and NotPossible: `seed_not_allowed` where strangers come by,
    `not_empty` when the database holds a district or people.
    """
    counts = (sizes.schools, sizes.students, sizes.devices, sizes.tickets, titles)
    if min(counts) < 0 or sizes.schools < 1:
        raise BadInput(_("At least one school, and nothing below zero."), code="bad_size")
    if titles:
        raise BadInput(_("There is no library to put titles into yet. Leave --titles out."), code="no_library")
    if not (settings.LOCAL or settings.TESTING):
        raise NotPossible(
            _("A made-up district can only be loaded on a machine of your own, not where TECHDESK_BASE_URL is public."),
            code="seed_not_allowed",
        )
    if District.objects.exists() or Person.objects.humans().exists():
        raise NotPossible(
            _("This database holds a district already; a made-up one is only loaded into an empty one."),
            code="not_empty",
        )


def seed_district(
    sizes: Sizes, *, titles: int = 0, seed: int = DEFAULT_SEED, moment: dt.datetime | None = None
) -> dict[str, int]:
    """Load the district; return table -> rows. The same sizes and seed give the same rows, but for keys and moments.

    Refuses as `check` does. Row versions and change events are not written: the feed and the history of a thing begin
    with its first change. One audit entry tells of the whole load.
    """
    moment = moment or now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        check(sizes, titles=titles)
        cursor.execute("SET LOCAL statement_timeout = 0")
        with pghistory.context(command="seed_district"):
            actor = service_person("seed")
            District.objects.create(name=DISTRICT)
        _without_row_versions(cursor)
        # A reference is checked as soon as its row is there; a million checks kept for the end would fill the memory.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        counts = _load(Tables(cursor), sizes, seed, moment, actor.pk)
        AuditEntry.objects.create(
            actor=actor, verb="seed", object_type="district", object_key=DISTRICT[:64], facts={**counts, "seed": seed}
        )
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT set_config('pgtrigger.ignore', NULL, true)")
        cursor.execute(f"SET LOCAL statement_timeout = {int(settings.STATEMENT_TIMEOUT_MS)}")
    return counts


def _load(tables: Tables, sizes: Sizes, seed: int, moment: dt.datetime, actor_id: int) -> dict[str, int]:
    people = People(tables, seed=seed, moment=moment, actor_id=actor_id)
    fleet = Fleet(tables, seed=seed, moment=moment)
    places = []
    people.district_staff(sizes.schools)
    for plan in schools(sizes, people.rng):
        here = people.school(plan)
        fleet.school(here)
        places.append(here)
    HelpRequests(tables, seed=seed, moment=moment, places=places).write(sizes.tickets)
    tables.close()
    return tables.counts()


def _without_row_versions(cursor: object) -> None:
    """Keep the triggers of pghistory quiet until the end of this transaction; needs no rights of a superuser.

    pgtrigger.ignore() does the same for statements of the ORM; COPY does not pass through where it listens.
    """
    from pgtrigger import registered

    names = {trigger.get_pgid(model) for model, trigger in registered()}
    listed = "{" + ",".join(sorted(names)) + "}"
    cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [listed])  # type: ignore[attr-defined]


def settle() -> None:
    """Let PostgreSQL look at what is there: plans and the first reads are then as in a district that has lived.

    Outside any transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute(f"SET statement_timeout = {int(settings.STATEMENT_TIMEOUT_MS)}")
