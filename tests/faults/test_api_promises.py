"""What the API promises, over real connections to a real server: one effect for one key, every refusal whole."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from techdesk.api.models import IdempotentRequest
from techdesk.audit.models import AuditEntry
from techdesk.directory.actions import create_token
from tests.factories import DeviceFactory, SchoolFactory, person_with
from tests.faults.town import Town
from tickets.models import Ticket


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.text)


def send(town: Town, method: str, path: str, token: str, body: Any = None, **headers: str) -> Answer:
    """One request over a connection of its own. `body`: JSON, or bytes as they are."""
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): text for name, text in headers.items()}}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    server = http.client.HTTPConnection("127.0.0.1", town.port, timeout=60)
    try:
        server.request(method, f"/api/v1/{path}", body=data, headers=sent)
        answer = server.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        server.close()


def refused(answer: Answer, status: int, code: str) -> None:
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json"), answer
    assert (answer.body["status"], answer.body["code"]) == (status, code)


def test_one_key_one_effect_and_every_refusal_as_a_problem(town: Town) -> None:
    school = SchoolFactory(code="LIN")
    technician = person_with("technician", school)
    DeviceFactory(school=school, asset_tag="C-1")
    token = create_token(actor=technician, owner=technician, name="script", scope="write")[1]
    ticket = {"subject": "Board stays dark", "school": "LIN"}

    for turn in range(1, 11):
        with ThreadPoolExecutor(5) as pool:
            answers = list(
                pool.map(
                    lambda _n, key=f"k{turn}": send(town, "POST", "tickets/", token, ticket, Idempotency_Key=key),
                    range(5),
                )
            )
        assert {one.status for one in answers} == {201}
        assert len({one.text for one in answers}) == 1
        assert sum("idempotency-replayed" in one.headers for one in answers) == 4
        assert len({one.headers["etag"] for one in answers}) == 1
    assert Ticket.objects.count() == AuditEntry.objects.filter(verb="open").count() == 10
    assert IdempotentRequest.objects.count() == 10

    etag = send(town, "GET", "devices/C-1/", token).headers["etag"]
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(lambda n: send(town, "PATCH", "devices/C-1/", token, {"serial": f"S{n}"}, If_Match=etag), range(5))
        )
    assert sorted(one.status for one in answers) == [200, 412, 412, 412, 412]
    refused(next(one for one in answers if one.status == 412), 412, "stale")

    huge = b'{"note": "' + b"x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE * 4) + b'"}'
    refused(send(town, "POST", "devices/C-1/check-in/", token, huge), 413, "too_large")
    refused(send(town, "POST", "devices/C-1/check-in/", "", huge), 401, "not_authenticated")
    many = {"items": [{"asset_tag": f"X{n}"} for n in range(1001)]}
    refused(send(town, "POST", "devices/bulk/", token, many), 413, "too_many_items")
    refused(send(town, "POST", "tickets/", token, b"a=1", Content_Type="text/plain"), 415, "unsupported_media_type")
    refused(send(town, "PATCH", "devices/C-1/", token, b"a=1", Content_Type="text/xml"), 415, "unsupported_media_type")
    refused(send(town, "GET", "devices/", token, Accept="application/xml"), 406, "not_acceptable")
    refused(send(town, "POST", "tickets/", token, ticket, Idempotency_Key="a b"), 400, "bad_idempotency_key")
    refused(send(town, "DELETE", "devices/C-1/", token), 405, "method_not_allowed")

    town.environment |= {"TECHDESK_API_RATE": "20/hour", "TECHDESK_API_STRANGER_RATE": "5/hour"}
    town.empty_redis()
    town.kill("web")
    town._wait_for_web()
    for who, wanted, most in ((token, 200, 20), ("", 401, 5)):
        answers = [send(town, "GET", "schools/", who) for _n in range(most + 3)]
        assert [one.status for one in answers] == [wanted] * most + [429] * 3
        refused(answers[-1], 429, "too_many_requests")
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 3600
