from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.town import Town


@pytest.fixture
def town(transactional_db: Any, tmp_path: Path) -> Iterator[Town]:
    """Everything running, on the test's database; stopped before the database is emptied."""
    place = Town(tmp_path)
    try:
        place.start()
        yield place
    finally:
        place.stop()
