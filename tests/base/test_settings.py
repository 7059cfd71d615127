"""What the settings make of the environment. Each in a process of its own, as a command would start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings


def setting(name: str, *arguments: str, **environment: str) -> Any:
    """The value of a setting as `manage.py <arguments>` would see it, or the last line of what went wrong."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TECHDESK_")}
    done = subprocess.run(
        [sys.executable, "-c", f"from techdesk import settings; print(settings.{name})", *arguments],
        cwd=settings.BASE_DIR,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_commands_beside_make_run_use_its_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("k" * 60 + "\n")
    assert setting("SECRET_KEY", TECHDESK_VAR=str(tmp_path)) == "k" * 60
    assert setting("SECRET_KEY", TECHDESK_VAR=str(tmp_path), TECHDESK_SECRET_KEY="e" * 60) == "e" * 60


def test_a_public_address_needs_a_key(tmp_path: Path) -> None:
    said = setting("SECRET_KEY", TECHDESK_VAR=str(tmp_path), TECHDESK_BASE_URL="https://techdesk.example")
    assert "Set TECHDESK_SECRET_KEY" in said


def test_the_demo_is_never_public(tmp_path: Path) -> None:
    said = setting(
        "DEMO", TECHDESK_DEMO="1", TECHDESK_BASE_URL="https://techdesk.example", TECHDESK_SECRET_KEY="s" * 60
    )
    assert "never be reachable from outside" in said


def test_pages_wait_ten_seconds_and_migrations_as_long_as_they_need() -> None:
    assert setting("STATEMENT_TIMEOUT_MS", "runserver") == "10000"
    assert setting("STATEMENT_TIMEOUT_MS", "migrate") == "0"
    assert setting("STATEMENT_TIMEOUT_MS", "migrate", TECHDESK_STATEMENT_TIMEOUT_MS="500") == "500"
