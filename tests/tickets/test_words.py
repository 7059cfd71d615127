from __future__ import annotations

import pytest

from tickets.words import names_anybody, subject_from


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Board stays dark. It hums.", "Board stays dark"),
        ("Board stays dark!\nSince this morning", "Board stays dark!"),
        ("\n\n  Wi-Fi is  gone\t in 12 \nhelp", "Wi-Fi is gone in 12"),
        ("Version 2.0 does not start", "Version 2.0 does not start"),
        ("", ""),
        ("\u200b\x00", ""),
        ("word " * 60, "word word word word word word word word word word word word word word word word word word…"),
        ("x" * 500, "x" * 90 + "…"),
        ("...", ""),
    ],
)
def test_a_subject_is_the_first_sentence(text: str, subject: str) -> None:
    assert subject_from(text) == subject


def test_names_are_found_without_case_and_accents() -> None:
    anyone = [("Zoë", "Müller-Ortiz")]
    assert names_anybody("ZOE cannot log in", anyone=anyone, exactly=[])
    assert names_anybody("the muller laptop", anyone=anyone, exactly=[])
    assert not names_anybody("Zoetrope is broken", anyone=anyone, exactly=[])
    assert not names_anybody("May I print?", anyone=[], exactly=[("May", "Will")])
    assert names_anybody("Will May print?", anyone=[], exactly=[("May", "Will")])
