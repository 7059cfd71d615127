"""Pressing keys as a person does: on a page that is there, and with Tab to what is to be pressed."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

#: More presses of Tab than this, and nobody would call it reachable by keyboard.
MOST_TABS = 6


def press(page: Page, *keys: str) -> None:
    """Press one key after the other, each on a page that has finished loading (its scripts listen from then on)."""
    for key in keys:
        page.wait_for_load_state()
        page.keyboard.press(key)


def tab_to(page: Page, there: Locator) -> None:
    """Press Tab until the focus is there; fails when that takes too long."""
    for _press in range(MOST_TABS):
        if there.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    expect(there).to_be_focused(timeout=1000)
