"""The shared sample export: 1.1, its 1.2 twin and the delta, as a district would send them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.directory.imports.commands import import_oneroster

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosters(shared_data: Path) -> Path:
    folder = shared_data / "devices" / "oneroster"
    if not folder.is_dir():
        pytest.skip("the shared OneRoster sample is not there")
    return folder


