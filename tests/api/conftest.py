"""What the tests of the API share: a small district, tokens, and a client that speaks JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from techdesk.base.clock import now
from techdesk.directory.actions import create_token
from tests.factories import DeviceFactory, RoomFactory, SchoolFactory, person_with

API = "/api/v1/"


class Caller:
    """A script with a token: JSON in, JSON out. `path` stands behind /api/v1/, or is a whole address."""

    def __init__(self, secret: str | None = None, **client: Any) -> None:
        self.secret = secret
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers=headers, **client)

    def get(self, path: str, **parameters: Any) -> Any:
        headers = parameters.pop("headers", {})
        return self.client.get(self._address(path), parameters or None, headers=headers)

    def post(self, path: str, body: Any = None, **options: Any) -> Any:
        content = json.dumps({} if body is None else body)
        return self.client.post(self._address(path), content, content_type="application/json", **options)

    def patch(self, path: str, body: Any = None, **options: Any) -> Any:
        content = json.dumps({} if body is None else body)
        return self.client.patch(self._address(path), content, content_type="application/json", **options)

    def every(self, path: str, **parameters: Any) -> list[dict[str, Any]]:
        """All rows of a list, page by page."""
        found: list[dict[str, Any]] = []
        answer = self.get(path, **parameters).json()
        while True:
            found += answer["results"]
            if answer["next"] is None:
                return found
            answer = self.get(answer["next"]).json()

    @staticmethod
    def _address(path: str) -> str:
        return path if "://" in path or path.startswith("/") else API + path


def caller(person: Any, *, scope: str = "write", school: Any = None, domains: Iterable[str] = ()) -> Caller:
    """A script of `person`. The token counts as used just now, so that counted queries stay the same."""
    token, secret = create_token(actor=person, owner=person, name="test", scope=scope, school=school, domains=domains)
    type(token).objects.filter(pk=token.pk).update(last_used_at=now())
    return Caller(secret)


@dataclass
class Town:
    """Two schools with a technician each, a room and a device; a teacher at the first."""

    lincoln: Any = field(default_factory=lambda: SchoolFactory(code="LIN", name="Lincoln"))
    roosevelt: Any = field(default_factory=lambda: SchoolFactory(code="ROO", name="Roosevelt"))

    def __post_init__(self) -> None:
        self.technician = person_with("technician", self.lincoln, given_name="Sam", family_name="Lee")
        self.foreigner = person_with("technician", self.roosevelt)
        self.teacher = person_with("teacher", self.lincoln, given_name="Jana", family_name="Okafor")
        self.student = person_with("student", self.lincoln, given_name="Mateo", family_name="Ruiz")
        self.room = RoomFactory(school=self.lincoln, code="104")
        self.device = DeviceFactory(school=self.lincoln, asset_tag="C-0001", serial="5CD1234XYZ")
        self.foreign_device = DeviceFactory(school=self.roosevelt, asset_tag="R-0001")


@pytest.fixture
def town(db: Any) -> Town:
    return Town()


@pytest.fixture
def tech(town: Town) -> Caller:
    """The technician of Lincoln, with a token that may write."""
    return caller(town.technician)


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Rate limits of one test do not reach the next."""
    cache.clear()
