"""python -m benchmarks.one: measure the district in DATABASE_URL and print the figures as one JSON object.

A process of its own for each size, because Django's database is chosen when its settings are read.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib import import_module
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
django.setup()

from django.conf import settings  # noqa: E402 - Django has to be set up before its models can be imported
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.db import connection  # noqa: E402

from benchmarks.measuring import compare  # noqa: E402
from benchmarks.plans import cost, write_cost  # noqa: E402
from benchmarks.web import Web  # noqa: E402
from devices.models import Device  # noqa: E402
from techdesk.base.paging import keyset_page  # noqa: E402
from techdesk.directory.actions import create_token, service_person  # noqa: E402
from techdesk.directory.models import Person, RoleAssignment  # noqa: E402
from techdesk.directory.sessions import SEEN, SINCE  # noqa: E402
from techdesk.site.seed.plan import DOMAIN  # noqa: E402
from tickets.models import Ticket  # noqa: E402

API = "/api/v1/devices/"


class District:
    """Who asks, and what there is to ask for. The same of both in every run."""

    def __init__(self) -> None:
        self.rng = random.Random(1)
        self.admin = Person.objects.with_email(f"admin@{DOMAIN}").get()
        # Of the last school: what they see lies at the end of every index.
        self.technician, self.teacher = (self._last(role) for role in ("technician", "teacher"))
        self.devices = Device.objects.count()
        #: pk, tag of a few thousand devices all over the table.
        wanted = self.rng.sample(range(self.devices), min(4000, self.devices))
        first = Device.objects.order_by("pk")[0].pk
        self.sample = list(Device.objects.filter(pk__in=[first + n for n in wanted]).values_list("pk", "asset_tag"))
        self.rng.shuffle(self.sample)
        self.students = [str(key) for key in Person.objects.students().values_list("key", flat=True)[:2000]]
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE IF NOT EXISTS benchmark_floor (id bigserial PRIMARY KEY, device text, note text)"
            )

    def _last(self, role: str) -> Any:
        held = RoleAssignment.objects.in_force().with_role(role).select_related("person")
        return held.order_by("-school_id", "id")[0].person

    def token(self, person: Any) -> str:
        _token, secret = create_token(actor=service_person("console"), owner=person, name="benchmark", scope="write")
        return secret

    def session(self, person: Any) -> str:
        """The key of a session in which `person` is signed in, as the login page would have left it."""
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(person.pk)
        store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        store[SINCE] = store[SEEN] = int(time.time())
        store.create()
        return str(store.session_key)

    def in_stock(self, count: int) -> list[str]:
        rows = Device.objects.in_status("in_stock").filter(slot_count=0).order_by("pk")
        return [tag for (tag,) in rows.values_list("asset_tag")[:count]]


class Bench:
    def __init__(self, web: Web, district: District, *, pairs: int, seconds: float) -> None:
        self.web, self.district, self.pairs, self.seconds = web, district, pairs, seconds
        self.admin = {"Authorization": f"Bearer {district.token(district.admin)}"}
        self.technician = {"Authorization": f"Bearer {district.token(district.technician)}"}
        self.teacher = {"Authorization": f"Bearer {district.token(district.teacher)}"}

    def run(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, subject in {
            "list of 50": self._pages(self.admin, 50),
            "list of 50, technician": self._pages(self.technician, 50),
            "list of 50, teacher": self._pages(self.teacher, 50),
            "single device": self._single(self.admin),
            "single device, technician": self._single(self.technician, own=True),
        }.items():
            caller = self.teacher if "teacher" in name else self.technician if "technician" in name else self.admin
            found[name] = {
                "row floor": asdict(compare(subject, self._row_floor(caller), pairs=self.pairs)),
                "bare row floor": asdict(compare(subject, self._row_floor(caller, "bare/"), pairs=self.pairs // 2)),
            }
        found["check-out"] = self._check_outs()
        found |= self._everything()
        found |= self._html()
        return found

    def _row_floor(self, caller: dict[str, str], kind: str = "") -> Callable[[int], None]:
        def ask(n: int) -> None:
            pk, _tag = self.district.sample[(n * 7) % len(self.district.sample)]
            self.web.expect(200, "GET", f"/api/floor/{kind or 'row/'}{pk}/", **caller)

        return ask

    def _pages(self, caller: dict[str, str], limit: int) -> Callable[[int], None]:
        """Page after page, from the first one again when the last was read."""
        first = f"{API}?limit={limit}"
        following = [first]

        def ask(n: int) -> None:
            answer = json.loads(self.web.expect(200, "GET", following[0], **caller))
            following[0] = (answer["next"] or "").removeprefix(f"http://127.0.0.1:{self.web.port}") or first

        return ask

    def _single(self, caller: dict[str, str], *, own: bool = False) -> Callable[[int], None]:
        tags = [tag for _pk, tag in self.district.sample]
        if own:
            seen = Device.objects.visible_to(self.district.technician).order_by("pk")
            tags = list(seen.values_list("asset_tag", flat=True)[:500])

        def ask(n: int) -> None:
            self.web.expect(200, "GET", f"{API}{tags[n % len(tags)]}/", **caller)

        return ask

    def _check_outs(self) -> dict[str, Any]:
        """Each hand-out is of a device that has been in stock since the load."""
        rounds = self.pairs // 2
        tags = iter(self.district.in_stock(2 * (rounds + 1)))
        students = self.district.students

        def check_out(n: int) -> None:
            body = {"person": students[n % len(students)], "note": "benchmark"}
            self.web.expect(201, "POST", f"{API}{next(tags)}/check-out/", body=body, **self.admin)

        def floor(path: str) -> Callable[[int], None]:
            def write(n: int) -> None:
                body = {"person": students[n % len(students)], "note": "benchmark"}
                self.web.expect(201, "POST", f"/api/floor/{path}/", body=body, **self.admin)

            return write

        return {
            "write floor": asdict(compare(check_out, floor("write"), pairs=rounds)),
            "bare write floor": asdict(compare(check_out, floor("bare-write"), pairs=rounds)),
        }

    def _everything(self) -> dict[str, Any]:
        """All rows, four ways by turns, as often as the time allows, at least once."""
        ways = {"floor": self._export_floor, "export": self._export, "csv": self._csv, "paging": self._paging}
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for name in ("floor", "export"):
            ways[name]()
        until = time.monotonic() + self.seconds
        while not rates["floor"] or time.monotonic() < until:
            for name, way in ways.items():
                started = time.perf_counter()
                rows = way()
                rates[name].append(rows / (time.perf_counter() - started))
        return {
            {"export": "export", "csv": "export as CSV", "paging": "paging by 1,000"}[name]: {
                "export floor": {
                    "ratio": _median(mine / floor for mine, floor in zip(rates[name], rates["floor"], strict=True)),
                    "rows_per_second": _median(rates[name]),
                    "floor_rows_per_second": _median(rates["floor"]),
                    "rounds": len(rates["floor"]),
                }
            }
            for name in ("export", "csv", "paging")
        }

    def _lines(self, path: str, header: int = 0) -> int:
        rows = self.web.expect(200, "GET", path, **self.admin).count(b"\n") - header
        if rows != self.district.devices:
            raise RuntimeError(f"{path}: {rows} rows of {self.district.devices}")
        return rows

    def _export_floor(self) -> int:
        return self._lines("/api/floor/export/")

    def _export(self) -> int:
        return self._lines(f"{API}export/?format=ndjson")

    def _csv(self) -> int:
        return self._lines(f"{API}export/?format=csv", header=1)

    def _paging(self) -> int:
        return sum(self._page_lengths())

    def _page_lengths(self) -> Iterator[int]:
        following = f"{API}?limit=1000"
        while following:
            answer = json.loads(self.web.expect(200, "GET", following, **self.admin))
            yield len(answer["results"])
            following = (answer["next"] or "").removeprefix(f"http://127.0.0.1:{self.web.port}")

    def _html(self) -> dict[str, Any]:
        """Pages of a signed-in technician, for information."""
        found = {}
        district = self.district
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={district.session(district.technician)}"}
        sample = district.sample

        def floor(n: int) -> None:
            self.web.expect(200, "GET", f"/floor/page/{sample[n % len(sample)][0]}/", **headers)

        for name, path in html_pages(district).items():

            def ask(n: int, path: str = path) -> None:
                self.web.expect(200, "GET", path, **headers)

            found[name] = {"page floor": asdict(compare(ask, floor, pairs=max(3, self.pairs // 4)))}
        return found


def html_pages(district: District) -> dict[str, str]:
    device = Device.objects.visible_to(district.technician).order_by("pk")[50].asset_tag
    return {"page: devices": "/devices/", "page: one device": f"/devices/{device}/", "page: ticket queue": "/tickets/"}


def costs(district: District) -> dict[str, Any]:
    """Statements and buffers of one request each, deep inside the table where there are pages."""
    admin, technician, teacher = (
        district.token(one) for one in (district.admin, district.technician, district.teacher)
    )
    tag = district.sample[0][1]
    own = Device.objects.visible_to(district.technician).order_by("pk")[50].asset_tag
    found = {
        "row floor": cost("GET", f"/api/floor/row/{district.sample[0][0]}/", token=admin),
        "list of 50": cost("GET", f"{API}?limit=50", token=admin),
        "list of 50, deep": cost("GET", _deep(50), token=admin),
        "list of 50, technician": cost("GET", f"{API}?limit=50", token=technician),
        "list of 50, teacher": cost("GET", f"{API}?limit=50", token=teacher),
        "list of 50, school": cost("GET", f"{API}?limit=50&school=0001", token=admin),
        "list of 50, status": cost("GET", f"{API}?limit=50&status=in_repair", token=admin),
        "list of 50, updated": cost("GET", f"{API}?limit=50&ordering=-updated_at", token=admin),
        "list of 1,000": cost("GET", f"{API}?limit=1000", token=admin),
        "single device": cost("GET", f"{API}{tag}/", token=admin),
        "single device, technician": cost("GET", f"{API}{own}/", token=technician),
        "tickets, 50": cost("GET", "/api/v1/tickets/?limit=50", token=admin),
        "check-out": _check_out_cost(district, admin),
    }
    session = district.session(district.technician)
    found |= {name: cost("GET", path, session=session) for name, path in html_pages(district).items()}
    return {name: asdict(one) for name, one in found.items()}


def _check_out_cost(district: District, token: str) -> Any:
    """Two devices, because the first request fills the caches and a device goes out once."""
    tags = district.in_stock(402)[-2:]
    body = json.dumps({"person": district.students[0]})
    return write_cost([f"{API}{tag}/check-out/" for tag in tags], body, token=token)


def _deep(limit: int) -> str:
    """The address of a page in the middle of the table."""
    middle = Device.objects.order_by("asset_tag", "pk")[Device.objects.count() // 2]
    page = keyset_page(
        Device.objects.filter(asset_tag__gte=middle.asset_tag), order=("asset_tag", "pk"), cursor=None, limit=1
    )
    return f"{API}?limit={limit}&cursor={page.next_cursor}"


def _median(values: Any) -> float:
    return statistics.median(values)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    options = parser.parse_args()
    district = District()
    found: dict[str, Any] = {"devices": district.devices, "tickets": Ticket.objects.count()}
    found["costs"] = costs(district)
    with Web() as web:
        found["ratios"] = Bench(web, district, pairs=options.pairs, seconds=options.seconds).run()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE benchmark_floor")
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
