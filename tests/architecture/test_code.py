"""Rules of the house that a machine can check: floors, front doors of apps, where writes may stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(settings.BASE_DIR)
APPS = (
    "techdesk.base",
    "techdesk.ui",
    "techdesk.api",
    "techdesk.audit",
    "techdesk.jobs",
    "techdesk.notifications",
    "techdesk.directory",
    "techdesk.site",
    "devices",
    "tickets",
    "training",
    "testing_events",
    "media_center",
)
#: What one app may import of another.
FRONT_DOORS = {"models", "choices", "querysets", "queries", "actions", "rules", "signals", "hooks", "panels"}
#: Floors whose every module is a tool for the floors above.
TOOLS = {"techdesk.base", "techdesk.ui", "techdesk.api"}
#: Packages of a lower app that are made to be built upon.
FRAMEWORKS = {"techdesk.jobs.imports"}


def modules() -> Iterator[tuple[str, Path]]:
    for app in APPS:
        folder = ROOT / app.replace(".", "/")
        for path in sorted(folder.rglob("*.py")):
            if "migrations" not in path.parts:
                yield app, path


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_apps_are_entered_by_their_front_doors() -> None:
    wrong = []
    for app, path in modules():
        if app == "techdesk.site":
            continue
        for name in imported(path):
            owner = next((a for a in APPS if name == a or name.startswith(a + ".")), None)
            if owner in (None, app) or owner in TOOLS or any(name.startswith(f) for f in FRAMEWORKS):
                continue
            rest = name[len(owner) + 1 :].split(".")[0]
            if rest not in FRONT_DOORS:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    assert not wrong, "\n".join(wrong)


WRITES = re.compile(
    r"\.(save|bulk_create|bulk_update|get_or_create|update_or_create|delete)\(|\bobjects\b.*\.(create|update)\("
)
READS = re.compile(r"\.(filter|exclude)\(")


def _surfaces() -> list[Path]:
    return [
        path
        for app, path in modules()
        if app not in {"techdesk.base", "techdesk.ui", "techdesk.api"}
        and (
            path.name in {"views.py", "tasks.py", "panels.py"} or {"views", "api"} & set(path.parts[len(ROOT.parts) :])
        )
    ]


@pytest.mark.parametrize("path", _surfaces(), ids=lambda p: str(p.relative_to(ROOT)))
def test_views_tasks_and_api_neither_write_nor_filter(path: Path) -> None:
    """Writes belong in actions, reads have names on the queryset."""
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        code = line.split("#")[0]
        assert not WRITES.search(code), f"{path}:{number} writes: {line.strip()}"
        assert not READS.search(code), f"{path}:{number} filters: {line.strip()}"


def test_no_model_signal_receivers() -> None:
    for _app, path in modules():
        assert not re.search(r"\b(post_save|pre_save|m2m_changed|post_delete|pre_delete)\b", path.read_text()), path


def test_nothing_marks_text_as_safe_without_a_word_why() -> None:
    for _app, path in modules():
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if "mark_safe(" in line:
                assert "#" in line, f"{path}:{number}"


def test_the_driver_is_psycopg2() -> None:
    """Django silently prefers psycopg 3 as soon as some dependency installs it."""
    from django.db.backends.postgresql.psycopg_any import is_psycopg3

    assert not is_psycopg3
    assert connection.vendor == "postgresql"


def test_celery_runs_with_the_settings_that_were_measured() -> None:
    from techdesk.celery import app

    conf = app.conf
    assert conf.task_acks_late and conf.task_reject_on_worker_lost and conf.task_retry_on_worker_lost
    assert conf.task_ignore_result and not conf.result_backend
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_transport_options["visibility_timeout"] > conf.task_time_limit
    assert (
        conf.broker_transport_options["socket_timeout"]
        and conf.broker_transport_options["unacked_restore_throttle"] == 1
    )
    assert conf.timezone == "UTC" and conf.accept_content == ["json"]


def test_every_beat_entry_ticks_a_task_that_exists_and_expires() -> None:
    from techdesk.celery import app

    app.loader.import_default_modules()
    assert app.conf.beat_schedule
    for name, entry in app.conf.beat_schedule.items():
        assert entry["task"] in app.tasks, name
        assert entry["options"]["expires"], name
