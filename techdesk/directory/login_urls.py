"""Signing in and out: allauth's pages that Techdesk uses, and no others (nobody signs up by themselves)."""

from __future__ import annotations

from collections.abc import Callable

from allauth.account import views as account
from django.http import HttpResponseBase
from django.urls import include, path, re_path
from django.views import View

from techdesk.base.policy import public


def _open(view: type[View], reason: str) -> Callable[..., HttpResponseBase]:
    return public(reason=reason)(view.as_view())


urlpatterns = [
    path("login/", _open(account.LoginView, "signing in"), name="account_login"),
    path("logout/", _open(account.LogoutView, "signing out asks nothing of a stranger"), name="account_logout"),
    path(
        "reauthenticate/",
        _open(account.ReauthenticateView, "allauth itself sends strangers to the login page"),
        name="account_reauthenticate",
    ),
    path(
        "password/change/",
        _open(account.PasswordChangeView, "allauth itself sends strangers to the login page"),
        name="account_change_password",
    ),
    path(
        "password/set/",
        _open(account.PasswordSetView, "allauth itself sends strangers to the login page"),
        name="account_set_password",
    ),
    path("inactive/", _open(account.AccountInactiveView, "says that an account is off"), name="account_inactive"),
    path("password/reset/", _open(account.PasswordResetView, "a forgotten password"), name="account_reset_password"),
    path(
        "password/reset/done/",
        _open(account.PasswordResetDoneView, "a forgotten password"),
        name="account_reset_password_done",
    ),
    # Not path(): the key holds a "-" itself, and the first one divides.
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        _open(account.PasswordResetFromKeyView, "a forgotten password, by the link in the mail"),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        _open(account.PasswordResetFromKeyDoneView, "a forgotten password"),
        name="account_reset_password_from_key_done",
    ),
    path("2fa/", include("allauth.mfa.urls")),
]
