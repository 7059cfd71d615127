"""The one kind of delivery that tells of no single thing."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from techdesk.notifications.hooks import all_kinds

#: A daily mail has no notice of its own; its delivery bears this kind.
DIGEST_KIND = "notifications.digest"


def kind_label(slug: str) -> Any:
    """What a kind is called in lists; its slug where no app declares it any more."""
    if slug == DIGEST_KIND:
        return _("Daily mail")
    return {kind.slug: kind.label for kind in all_kinds()}.get(slug, slug)
