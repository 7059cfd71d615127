"""How allauth meets our people: nobody signs up; who has no login cannot sign in; passwords change through actions."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.usersessions.models import UserSession
from django.contrib.auth import login
from django.http import HttpRequest

from techdesk.directory import actions
from techdesk.directory.models import Person
from techdesk.directory.queries.sign_in import emergency_is_over

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_user_display(self, user: Any) -> str:
        return str(user.name)

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        if not user.may_sign_in or emergency_is_over(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def set_password(self, user: Any, password: str) -> None:
        """Through the action, so that history and the mail to the owner are written; `user` is kept in step."""
        kept = actions.set_password(actor=user, person=user, password=password)
        user.password, user.version, user.updated_at = kept.password, kept.version, kept.updated_at

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Through the outbox: the answer takes as long for an unknown address, and no mail server can stop it."""
        actions.mail_password_link(person=user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth counts wrong passwords per account alone; a class could then lock out its teacher from home.
        account: str = super()._get_login_attempts_cache_key(request, **credentials)
        return f"{account}:{self.get_client_ip(request)}"


def sign_in(request: HttpRequest, person: Person) -> None:
    """Start a session for `person` with a fresh key; whoever was signed in here before is signed out."""
    login(request, person, backend=BACKEND)
    UserSession.objects.create_from_request(request)
