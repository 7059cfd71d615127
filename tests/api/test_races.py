"""Two callers at once: one custody, one answer 201, the others 409 with the same code."""

from __future__ import annotations

import pytest

from devices.models import Custody, Device
from tests.api.conftest import Caller, Town, caller
from tests.threads import at_once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round", range(2))
def test_32_check_outs_at_once_open_one_custody(town: Town, round: int) -> None:
    secret = caller(town.technician).secret

    def work(n: int) -> tuple[int, str]:
        mine = Caller(secret)
        answer = mine.post("devices/C-0001/check-out/", {"room": "LIN/104", "note": f"{round}.{n}"})
        return answer.status_code, answer.json().get("code", "")

    results = at_once(32, work)
    assert sorted(results) == [(201, "")] + [(409, "already_checked_out")] * 31
    assert Custody.objects.open().count() == 1
    assert Device.objects.get(asset_tag="C-0001").version == 2


@pytest.mark.django_db(transaction=True)
def test_check_in_and_check_out_at_once_leave_a_sound_state(town: Town) -> None:
    script = caller(town.technician)
    script.post("devices/C-0001/check-out/", {"room": "LIN/104"})

    def work(n: int) -> int:
        verb, body = ("check-in/", {}) if n % 2 else ("check-out/", {"person": str(town.student.key)})
        return int(Caller(script.secret).post(f"devices/C-0001/{verb}", body).status_code)

    results = at_once(16, work)
    assert set(results) <= {200, 201, 409}
    opened, closed = results.count(201) + 1, results.count(200)
    assert opened - closed == Custody.objects.open().count()
    assert Custody.objects.count() == opened
    status = Device.objects.get(asset_tag="C-0001").status
    assert status == ("in_use" if Custody.objects.open().exists() else "in_stock")
