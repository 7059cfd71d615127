"""`If-Match` (RFC 9110 section 13.1.1): a write that happens only while the object is what the caller has read.

Our ETags are `"<version>-<hash>"`. The version is the object's, the hash that of one answer to one viewer; a write
compares the version alone. The comparison itself is made by the action, under the row's lock.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from techdesk.base.errors import BadInput

#: At the beginning of a header, or behind a comma: a tag, or nothing. Read piece by piece, for one large pattern
#: could be made to go back and forth for ever.
_PIECE = re.compile(r'[ \t]*((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")?[ \t]*')
#: Longer than any list of tags that somebody has read.
LONGEST = 4000
_OURS = re.compile(r'"(\d{1,9})(?:-[^"]*)?"')
#: No object ever has this version, so an action that is given it refuses with `stale`.
NEVER = 0


def expected_version(header: str | None, present: int) -> int | None:
    """The version that `If-Match` asks for, to be handed to the action; None when any will do.

    `present` is the version of the object as it was loaded: of several tags it chooses the one that fits. Weak tags
    and tags that are not ours match nothing. Raises BadInput (400, `bad_if_match`) for what is no list of tags.
    """
    if header is None or header.strip() == "*":
        return None
    tags = _tags(header)
    if not tags:
        text = _('Send the ETag as you got it, in its quotes: If-Match: "7-1f0c…"')
        raise BadInput(text, code="bad_if_match", errors={"If-Match": [text]})
    # Strong comparison: a weak tag is never equal to anything.
    offered = [tag for tag in tags if not tag.startswith("W/")]
    versions = [int(ours.group(1)) for tag in offered if (ours := _OURS.fullmatch(tag))]
    if present in versions:
        return present
    return versions[0] if versions else NEVER


def _tags(header: str) -> list[str]:
    """The entity tags of a list; none when it is not one (RFC 9110 section 5.6.1: empty elements do not count)."""
    found: list[str] = []
    place = 0
    while len(header) <= LONGEST:
        piece = _PIECE.match(header, place)
        assert piece is not None  # noqa: S101 - it matches nothing at all, too
        if piece.group(1):
            found.append(piece.group(1))
        place = piece.end()
        if place == len(header):
            return found
        if header[place] != ",":
            return []
        place += 1
    return []
