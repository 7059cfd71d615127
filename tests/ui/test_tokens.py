"""Colors: every tone can be read in both themes (WCAG 2.2: 4.5 to 1 for text, 3 to 1 for edges); the CSS is small."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "static/css"
TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6,8}), (#[0-9a-f]{6,8})\);")
TOKENS = {name: (light, dark) for name, light, dark in TOKEN.findall((CSS / "tokens.css").read_text())}
GROUNDS = ("surface", "card", "sunken")
TONES = ("neutral", "info", "good", "warn", "bad", "accent")


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


PAIRS = [
    *((tone, ground) for tone in TONES for ground in (*GROUNDS, f"{tone}-fill")),
    *((text, ground) for text in ("text", "muted") for ground in (*GROUNDS, *(f"{tone}-fill" for tone in TONES))),
    ("on-accent", "accent"),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS, ids=lambda pair: str(pair))
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    assert contrast(TOKENS[text][theme], TOKENS[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ground", GROUNDS)
def test_the_edge_of_an_input_can_be_seen(ground: str, theme: int) -> None:
    assert contrast(TOKENS["edge"][theme], TOKENS[ground][theme]) >= 3


def test_every_tone_has_text_border_and_fill() -> None:
    for tone in TONES:
        assert {tone, f"{tone}-line", f"{tone}-fill"} <= set(TOKENS)


def test_colors_are_named_only_in_the_tokens() -> None:
    for sheet in CSS.rglob("*.css"):
        if sheet.name not in ("tokens.css", "print.css"):
            found = [c for c in re.findall(r"#[0-9a-fA-F]{3,8}\b(?!\w)", sheet.read_text()) if c != "#fff"]
            assert not found, f"{sheet.name} names colors of its own: {found}"


def test_the_whole_css_stays_small() -> None:
    whole = b"".join(sheet.read_bytes() for sheet in sorted(CSS.rglob("*.css")))
    assert len(gzip.compress(whole)) < 15_000


def test_every_sheet_is_imported_once_and_sits_in_a_layer() -> None:
    main = (CSS / "techdesk.css").read_text()
    for sheet in CSS.rglob("*.css"):
        if sheet.name != "techdesk.css":
            assert main.count(f'@import "{sheet.relative_to(CSS)}";') == 1
            outside = re.sub(r"/\*.*?\*/", "", sheet.read_text(), flags=re.S).strip()
            assert outside.startswith("@layer "), f"{sheet.name} is outside the layers"
