"""The files for Docker name settings and programs that exist. Building needs a daemon, which tests have not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

ROOT: Path = settings.BASE_DIR
SETTING = re.compile(r"\b(?:TECHDESK_[A-Z_]+|EMAIL_URL|DATABASE_URL|REDIS_URL)\b")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_every_part_of_the_installation_has_a_service(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"setup", "web", "worker", "beat", "postgres", "redis", "mail"}


def test_ours_wait_until_the_database_is_up_to_date(compose: dict[str, Any]) -> None:
    for name in ("web", "worker", "beat"):
        assert compose["services"][name]["depends_on"] == {"setup": {"condition": "service_completed_successfully"}}


def test_nothing_is_reachable_from_other_machines_by_default(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.removeprefix("${TECHDESK_LISTEN:-").startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", ["docker-compose.yml", ".env.example", "Dockerfile"])
def test_settings_are_ones_we_read_and_explain(name: str) -> None:
    read = (ROOT / "techdesk" / "settings.py").read_text()
    explained = (ROOT / "docs" / "operating.md").read_text()
    of_docker_alone = {"TECHDESK_LISTEN"}
    for setting in set(SETTING.findall((ROOT / name).read_text())) - of_docker_alone:
        assert setting in read, f"{name} sets {setting}, which nobody reads"
        assert setting in explained, f"{name} sets {setting}, which docs/operating.md does not explain"


def test_what_the_example_asks_for_is_what_compose_uses(compose: dict[str, Any]) -> None:
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    offered = set(re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert offered == used


def test_the_image_installs_locked_requirements_and_does_not_run_as_root() -> None:
    lines = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes" in lines
    assert lines.index("USER techdesk") < lines.index('CMD ["gunicorn"')
