"""API tokens: the secret is shown once and kept as a hash; revoked for good."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.db import connection

from techdesk.api.models import ApiToken
from techdesk.audit.models import AuditEntry
from techdesk.base.clock import now
from techdesk.base.errors import BadInput, NotPossible
from techdesk.directory.actions import create_token, revoke_token
from tests.factories import PersonFactory


def test_it_works(admin: Any, school: Any) -> None:
    owner = PersonFactory()

    token, secret = create_token(actor=admin, owner=owner, name=" Inventory  export ", scope="read", school=school)

    kept = ApiToken.objects.get(pk=token.pk)
    assert (kept.name, kept.scope, kept.school_id, kept.person_id) == ("Inventory export", "read", school.pk, owner.pk)
    assert kept.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert len(secret) > 40 and secret.startswith(kept.prefix)
    entry = AuditEntry.objects.about(token).get()
    assert entry.facts == {"owner": owner.public_key, "scope": "read", "domains": [], "school": "LIN"}
    assert secret not in str(entry.facts)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM api_apitoken AS t WHERE strpos(t::text, %s) > 0", [secret])
        assert cursor.fetchone() == (0,)


def test_each_secret_is_another(admin: Any) -> None:
    secrets = {create_token(actor=admin, owner=admin, name="x", scope="write")[1] for _turn in range(5)}
    assert len(secrets) == 5


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"scope": "admin"}, "scope"),
        ({"scope": ""}, "scope"),
        ({"domains": ["devices", "secrets"]}, "domains"),
        ({"expires_at": now() - dt.timedelta(seconds=1)}, "expires_at"),
    ],
)
def test_bad_input(admin: Any, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        create_token(actor=admin, owner=admin, **{"name": "x", "scope": "read", **facts})
    assert list(refusal.value.errors) == [field]
    assert not ApiToken.objects.exists()


def test_nobody_who_is_off_gets_a_token(admin: Any) -> None:
    with pytest.raises(NotPossible) as refusal:
        create_token(actor=admin, owner=PersonFactory(is_active=False), name="x", scope="read")
    assert refusal.value.code == "person_inactive"


def test_revoking_twice_is_once(admin: Any) -> None:
    token, _secret = create_token(actor=admin, owner=admin, name="x", scope="read")

    first = revoke_token(actor=admin, token=token)
    second = revoke_token(actor=admin, token=token)

    assert first.revoked_at is not None and second.revoked_at == first.revoked_at
    assert [e.verb for e in AuditEntry.objects.about(token)] == ["create", "revoke"]
