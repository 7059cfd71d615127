"""Who made a Chromebook, from the one text in which Google gives maker and model."""

from __future__ import annotations

from devices.actions.catalogue import UNKNOWN_MANUFACTURER

#: Makers of Chrome devices, as they write themselves; the longer name stands first where one begins another.
MAKERS = (
    "Acer",
    "AOpen",
    "ASUS",
    "Bobicus",
    "CTL",
    "Dell",
    "Edxis",
    "Epik",
    "Google",
    "Haier",
    "HP",
    "Hexa",
    "HiSense",
    "JP",
    "Lenovo",
    "LG",
    "Lumos",
    "Multilaser",
    "NComputing",
    "Packard Bell",
    "PCmerge",
    "Poin2",
    "Positivo",
    "Prowise",
    "Samsung",
    "Sector 5",
    "Toshiba",
    "Viglen",
)
#: First words that name a kind of device, not a maker.
_KINDS = frozenset({"chromebook", "chromebox", "chromebase", "chromebit", "chromeos", "chrome"})
UNKNOWN_CHROMEBOOK = "Unknown Chromebook"


def maker_and_model(text: str) -> tuple[str, str]:
    """("Lenovo", "300e Chromebook 2nd Gen") for "Lenovo 300e Chromebook 2nd Gen".

    A maker that is not in the table is the first word. Without any text, or without a maker in it, the maker is
    "Unknown".
    """
    words = text.split()
    if not words:
        return UNKNOWN_MANUFACTURER, UNKNOWN_CHROMEBOOK
    lower = " ".join(words).casefold()
    for maker in MAKERS:
        if lower == maker.casefold() or lower.startswith(maker.casefold() + " "):
            rest = " ".join(words)[len(maker) :].strip()
            return maker, rest or UNKNOWN_CHROMEBOOK
    if len(words) == 1 or words[0].casefold() in _KINDS or not words[0][0].isalpha():
        return UNKNOWN_MANUFACTURER, " ".join(words)
    return words[0], " ".join(words[1:])
