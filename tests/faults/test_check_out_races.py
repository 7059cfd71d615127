"""Many desks, one device: exactly one of them gets it, the others get a clear answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from devices.models import Custody
from techdesk.directory.actions import create_token
from tests.factories import DeviceFactory, PersonFactory, SchoolFactory, person_with
from tests.faults.town import Town

DESKS = 32
ROUNDS = 20


def test_32_desks_check_out_one_device_at_once(town: Town) -> None:
    school = SchoolFactory()
    technician = person_with("technician", school)
    borrower = PersonFactory()
    borrower = person_with("student", school)
    device = DeviceFactory(school=school, asset_tag="C 12/3")
    _token, secret = create_token(actor=technician, owner=technician, name="desk", scope="write")
    path = "/api/v1/devices/C%2012%2F3"
    with ThreadPoolExecutor(DESKS) as desks:
        for turn in range(1, ROUNDS + 1):
            answers = list(
                desks.map(
                    lambda _n: town.request(
                        "POST", f"{path}/check-out/", token=secret, body={"person": borrower.public_key}
                    ),
                    range(DESKS),
                )
            )
            won = [body for status, body in answers if status in (200, 201)]
            lost = [(status, body["code"]) for status, body in answers if status not in (200, 201)]
            assert len(won) == 1, answers
            assert lost == [(409, "already_checked_out")] * (DESKS - 1)
            assert Custody.objects.filter(device=device).count() == turn
            assert Custody.objects.open().filter(device=device).count() == 1
            status, _body = town.request("POST", f"{path}/check-in/", token=secret, body={})
            assert status == 200
