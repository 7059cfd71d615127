"""Static files as they are served: one style sheet, hashed modules."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from techdesk.ui.storage import TechdeskStaticFilesStorage, with_parts
from tests.collected import collected


def test_imports_are_replaced_by_their_parts() -> None:
    sheet = '@layer a, b;\n@import "one.css";\n@import "parts/two.css";\nbody { color: red; }\n'
    assert with_parts(sheet, lambda name: f"/* {name} */\n") == (
        "@layer a, b;\n/* one.css */\n/* parts/two.css */\nbody { color: red; }\n"
    )


@pytest.fixture
def collect(tmp_path: Path) -> Callable[[], Path]:
    """Collects our static files as `collectstatic` does, from a copy that a test may change."""
    source, root = tmp_path / "source", tmp_path / "root"
    shutil.copytree(Path(settings.BASE_DIR) / "static", source)

    def run() -> Path:
        origin = FileSystemStorage(location=source)
        storage = TechdeskStaticFilesStorage(location=root, base_url="/static/")
        paths: dict[str, Any] = {}
        for file in [*source.rglob("*.css"), *source.rglob("*.js")]:
            name = str(file.relative_to(source))
            paths[name] = (origin, name)
            # As collectstatic: what is newer there is left alone.
            if not storage.exists(name) or file.stat().st_mtime > Path(storage.path(name)).stat().st_mtime:
                storage.delete(name)
                storage.save(name, origin.open(name))
        for name, _hashed, problem in storage.post_process(paths):
            assert not isinstance(problem, Exception), f"{name}: {problem}"
        return root

    return run


def served(root: Path, name: str) -> Path:
    return root / json.loads((root / "staticfiles.json").read_text())["paths"][name]


def test_the_style_sheet_is_one_file_and_the_modules_know_their_hashed_names(collect: Callable[[], Path]) -> None:
    root = collect()
    sheet = served(root, "css/techdesk.css")
    assert "@import" not in sheet.read_text()
    assert ".scanbox" in sheet.read_text()
    assert sheet.read_text().index("@layer tokens, base") < sheet.read_text().index("--surface")
    assert Path(f"{sheet}.gz").exists()
    assert f'"./{served(root, "js/toasts.js").name}"' in served(root, "js/app.js").read_text()


def test_a_changed_part_reaches_the_sheet_the_second_time(collect: Callable[[], Path], tmp_path: Path) -> None:
    first = served(collect(), "css/techdesk.css").name
    assert served(collect(), "css/techdesk.css").name == first
    part = tmp_path / "source/css/components/badge.css"
    part.write_text(part.read_text() + "@layer components { .new-thing { gap: 1px; } }\n")
    second = served(collect(), "css/techdesk.css")
    assert second.name != first
    assert ".new-thing" in second.read_text()


def test_everything_there_is_can_be_collected() -> None:
    """The command itself, over our files and those of all libraries, with the settings of a server."""
    assert served(collected(), "css/techdesk.css").exists()
