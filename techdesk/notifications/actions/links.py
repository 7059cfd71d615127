"""Signed links: made, taken back, and used once. Whoever holds one acts as the person it was made for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from techdesk.base.clock import now
from techdesk.base.errors import NotPossible
from techdesk.notifications.choices import LinkState
from techdesk.notifications.hooks import Purpose, find_purpose
from techdesk.notifications.links import hash_of, path_of, token_of
from techdesk.notifications.models import SignedLink


class LinkGone(NotPossible):
    """The link does nothing (409): code link_unknown, _used, _revoked, _expired or person_inactive."""

    code = "link_unknown"


def make_link(
    *,
    purpose: str,
    object_type: str,
    object_key: str,
    person: Any,
    expires_at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
) -> str:
    """Make a link that lets `person` do `purpose` (registered in hooks) with one object; return its address, without
    the host.

    Call it in the transaction of the change it belongs to. The address is not stored; for a mail it is made anew by
    `links.path_for`. `facts` are plain values without names. Raises LookupError for a purpose nobody registered.
    """
    if find_purpose(purpose) is None:
        raise LookupError(f"No app registers links of purpose {purpose!r}")
    link = SignedLink(
        purpose=purpose,
        object_type=object_type,
        object_key=object_key,
        person=person,
        expires_at=expires_at,
        facts=dict(facts or {}),
    )
    link.token_hash = hash_of(token_of(link.key))
    link.save()
    return path_of(link)


def revoke_links(*, object_type: str, object_key: str, purposes: Iterable[str]) -> int:
    """Take back the unused links of `purposes` about one object; return how many.

    One that is being used at this moment is left to whoever uses it: to wait for it would be to wait in a circle.
    """
    links = SignedLink.objects.about(object_type, object_key).unused().filter(purpose__in=list(purposes))
    ids = list(links.select_for_update(skip_locked=True).values_list("pk", flat=True))
    return SignedLink.objects.filter(pk__in=ids).update(revoked_at=now())


def find_link(token: str) -> tuple[SignedLink, Purpose]:
    """The open link of a token, and what it is for. Raises LinkGone, whatever is wrong with it. One query."""
    link = SignedLink.objects.select_related("person").filter(token_hash=hash_of(token)).first()
    return _open(link)


def _open(link: SignedLink | None) -> tuple[SignedLink, Purpose]:
    purpose = find_purpose(link.purpose) if link is not None else None
    if link is None or purpose is None:
        raise LinkGone(_("This link is not complete, or it was never one of ours."))
    if link.state in GONE:
        raise LinkGone(GONE[link.state], code=f"link_{link.state}")
    if not link.person.is_active:
        raise LinkGone(_("This account is off."), code="person_inactive")
    return link, purpose


#: Why a link that was good once does nothing now, in words.
GONE: dict[str, Any] = {
    LinkState.USED: _("This was done already. There is nothing left to do here."),
    LinkState.REVOKED: _("Something has happened since this mail was sent, so its buttons do nothing any more."),
    LinkState.EXPIRED: _("This link is too old."),
}


@transaction.atomic
def use_link(*, token: str, given: Mapping[str, Any]) -> Any:
    """Do what the link of `token` is for, and use it up; return what its purpose says afterwards.

    `given` is what its form asked for. Of two at once one does it, the other finds it done. Raises LinkGone, and what
    the purpose's action refuses: then nothing is used up.
    """
    found = SignedLink.objects.filter(token_hash=hash_of(token)).first()
    if found is None:
        _open(None)
    assert found is not None  # noqa: S101 - _open refuses None
    link = SignedLink.objects.select_for_update(of=("self",)).select_related("person").get(pk=found.pk)
    link, purpose = _open(link)
    said = purpose.act(link, dict(given))
    link.used_at = now()
    link.save(update_fields=["used_at"])
    return said
