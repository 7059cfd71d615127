"""Static files as they are served: one style sheet, hashed modules."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage

from techdesk.ui.storage import TechdeskStaticFilesStorage, with_parts


def test_imports_are_replaced_by_their_parts() -> None:
    sheet = '@layer a, b;\n@import "one.css";\n@import "parts/two.css";\nbody { color: red; }\n'
    assert with_parts(sheet, lambda name: f"/* {name} */\n") == (
        "@layer a, b;\n/* one.css */\n/* parts/two.css */\nbody { color: red; }\n"
    )


@pytest.fixture
def collected(tmp_path: Path) -> Path:
    """Our static files, collected as `collectstatic` does."""
    storage = TechdeskStaticFilesStorage(location=tmp_path, base_url="/static/")
    paths: dict[str, Any] = {}
    for name in ("css", "js"):
        root = Path(finders.find(name) or "")
        for file in root.rglob("*.*"):
            path = f"{name}/{file.relative_to(root)}"
            StaticFilesStorage(location=tmp_path).save(path, file.open("rb"))
            paths[path] = (storage, path)
    for name, _hashed, problem in storage.post_process(paths):
        assert not isinstance(problem, Exception), f"{name}: {problem}"
    return tmp_path


def test_the_style_sheet_is_one_file_and_the_modules_know_their_hashed_names(collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    sheet = (collected / names["css/techdesk.css"]).read_text()
    assert "@import" not in sheet
    assert ".scanbox" in sheet
    assert sheet.index("@layer tokens, base") < sheet.index("--surface")
    script = (collected / names["js/app.js"]).read_text()
    assert f'"./{Path(names["js/toasts.js"]).name}"' in script
    assert (collected / f"{names['css/techdesk.css']}.gz").exists()
