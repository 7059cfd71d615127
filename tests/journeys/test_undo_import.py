"""An import is undone on a phone without scripts: the button, what it says, the result with what was left."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import techdesk.jobs.tasks  # noqa: F401 - declares the jobs
from techdesk.directory.actions import change_person
from techdesk.directory.models import Person
from techdesk.jobs.actions import drain_slow
from techdesk.jobs.models import ImportRun
from tests.directory.imports.commands import import_oneroster
from tests.directory.imports.rosters import changed, good, user, write
from tests.factories import person_with


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [360, 1280])
def test_an_import_is_undone(live_server: Any, visit: Any, sign_in: Any, tmp_path: Path, width: int) -> None:
    admin = person_with("district_admin")
    import_oneroster(write(tmp_path / "1", good()))
    files = changed(good(), "users", "zoe", grades="06")
    files["users"] = [*files["users"], *(user(f"n{number}") for number in range(5))]
    _code, summary = import_oneroster(write(tmp_path / "2", files))
    change_person(actor=admin, person=Person.objects.get(username="zoe"), phone="555 0100")
    page = visit(live_server.url, width=width, scripts=False)
    sign_in(page, live_server.url, admin)
    page.goto(ImportRun.objects.get(key=summary["imports"][0]).get_absolute_url())
    _shot(page, f"applied-{width}")
    page.get_by_role("link", name="Undo this import").click()
    expect(page.get_by_text("6 rows are taken back.")).to_be_visible()
    _shot(page, f"asked-{width}")
    page.get_by_role("button", name="Undo this import").click()
    page.wait_for_url(re.compile("/jobs/"))
    drain_slow()
    page.reload()
    page.goto(ImportRun.objects.get(key=summary["imports"][0]).get_absolute_url())
    expect(page.get_by_text("This import was undone, but not all of it")).to_be_visible()
    _shot(page, f"undone-{width}")
    page.get_by_role("link", name="Left as it is").first.click()
    expect(page.get_by_text("It was changed here after the import")).to_be_visible()
    expect(page.get_by_text("Given n1")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not Person.objects.filter(username="n1").exists()


def _shot(page: Any, name: str) -> None:
    """For whoever wants to look: TECHDESK_SHOTS names a folder."""
    if folder := os.environ.get("TECHDESK_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)
