"""JSON lists read one element at a time: a page of 300 devices and a file of 100,000 cost the same memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput
from techdesk.jobs.imports.text import TextFile

CHUNK = 64 * 1024
#: The longest single element; a list that is never closed runs into it.
LONGEST_VALUE = 8 * 1024 * 1024
_SPACE = " \t\r\n"
_AFTER_NUMBER = frozenset(_SPACE + ",]}")


class _Broken(Exception):
    """The text is not JSON, or breaks off."""


class _Reader:
    """A window over the text that moves on as values are taken out of it."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.window = ""
        self.place = 0
        self.ended = False
        self.decoder = json.JSONDecoder()

    def more(self) -> bool:
        chunk = self.stream.read(CHUNK)
        self.window = self.window[self.place :] + chunk
        self.place = 0
        self.ended = not chunk
        return bool(chunk)

    def peek(self) -> str:
        """The next character that is no white space, without taking it; "" at the end."""
        while True:
            while self.place < len(self.window):
                if self.window[self.place] not in _SPACE:
                    return self.window[self.place]
                self.place += 1
            if not self.more():
                return ""

    def take(self, sign: str) -> None:
        if self.peek() != sign:
            raise _Broken
        self.place += 1

    def value(self) -> Any:
        """The next whole value."""
        if not self.peek():
            raise _Broken
        while True:
            try:
                found, end = self.decoder.raw_decode(self.window, self.place)
            except (ValueError, RecursionError):
                found, end = None, -1
            if end >= 0 and (self.ended or self._is_whole(found, end)):
                self.place = end
                return found
            if len(self.window) - self.place > LONGEST_VALUE or not self.more():
                if end >= 0:
                    self.place = end
                    return found
                raise _Broken

    def _is_whole(self, found: Any, end: int) -> bool:
        """Is a decoded value all of it? A number may go on behind the window: "-1." begins like -1."""
        if not isinstance(found, int | float):
            return True
        return end < len(self.window) and self.window[end] in _AFTER_NUMBER

    def name(self) -> str:
        """The name of a member of an object, with its colon."""
        found = self.value()
        if not isinstance(found, str):
            raise _Broken
        self.take(":")
        return found

    def elements(self) -> Iterator[Any]:
        """The elements of the list that begins here."""
        self.take("[")
        if self.peek() == "]":
            self.place += 1
            return
        while True:
            yield self.value()
            if self.peek() == "]":
                self.place += 1
                return
            self.take(",")


def list_elements(text: TextFile, *, member: str, kind: str) -> Iterator[Any]:
    """The elements of every list in the file: a bare list, or the `member` list of an object (a page of an answer);
    several pages may stand one after the other.

    An object without `member` counts as an empty page when its "kind" is `kind`. Raises BadInput: bad_json (not
    JSON, or half of it), wrong_format (JSON of something else).
    """
    with text.open() as stream:
        reader = _Reader(stream)
        try:
            if not reader.peek():
                raise _Broken
            while sign := reader.peek():
                if sign == "[":
                    yield from reader.elements()
                elif sign == "{":
                    yield from _page(reader, text.name, member, kind)
                else:
                    raise _Broken
        except _Broken:
            message = _("%(file)s is not JSON, or only half of it is there. Export it again, then try once more.")
            raise BadInput(message % {"file": text.name}, code="bad_json") from None


def _page(reader: _Reader, file: str, member: str, kind: str) -> Iterator[Any]:
    reader.take("{")
    known = False
    while reader.peek() != "}":
        name = reader.name()
        if name == member:
            known = True
            if reader.peek() == "[":
                yield from reader.elements()
            elif reader.value() is not None:
                raise _Broken
        else:
            value = reader.value()
            known = known or (name == "kind" and value == kind)
        if reader.peek() != "}":
            reader.take(",")
    reader.take("}")
    if not known:
        message = _("%(file)s is JSON, but not a list of Chrome devices (“%(member)s”).")
        raise BadInput(message % {"file": file, "member": member}, code="wrong_format")
