"""What every API view is built from, and the API's own addresses: its schema, its reading room, its 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, cast

import pghistory
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from techdesk.api.bodies import Body
from techdesk.api.domains import EVERY_TOKEN, Domain
from techdesk.api.idempotency import once
from techdesk.api.models import ApiToken
from techdesk.api.parameters import refuse_unknown
from techdesk.api.parsers import drain
from techdesk.api.preconditions import expected_version
from techdesk.api.problems import problem
from techdesk.api.resources import Resource
from techdesk.api.throttles import stranger_waits
from techdesk.base.errors import BadInput
from techdesk.base.models import Aggregate
from techdesk.base.policy import load, policy, public

M = TypeVar("M", bound=Model)


def domains_of(request: Request) -> list[str]:
    """The domains that the caller's token is narrowed to; empty: all of them."""
    return list(request.auth.domains) if isinstance(request.auth, ApiToken) else []


@dataclass(frozen=True)
class Operation:
    """One method of one address: who may (an action of the door), what goes in, what comes out.

    id: the operation's name in the schema. kind: what the answer is. body: what is read. status: of a success.
    answer: a serializer that describes the answer, where kind and resource do not. domain: the part of the API it
    belongs to, where there is no resource to say so.
    """

    id: str
    action: str
    kind: Literal["list", "detail", "object", "export", "feed", "other"]
    resource: Resource | None = None
    body: type[Body] | None = None
    status: int = 200
    parameters: tuple[tuple[str, Any], ...] = ()  # (name, description) besides those of the kind
    answer: type[Serializer[Any]] | None = None
    domain: Domain | None = None

    def __post_init__(self) -> None:
        if (self.resource is None) == (self.domain is None):
            raise TypeError(f"{self.id} needs a domain: its own, or that of its resource")

    @property
    def belongs_to(self) -> Domain:
        """The domain a token must reach."""
        return cast(Domain, self.resource.domain if self.resource is not None else self.domain)


class ApiView(APIView):
    """A view of the API. `operations` says everything about its methods; `policy` (method -> action) follows."""

    operations: ClassVar[dict[str, Operation]] = {}
    policy: ClassVar[dict[str, str]] = {}
    metadata_class = None
    http_method_names: ClassVar[list[str]] = ["get", "head", "post", "patch"]  # type: ignore[misc]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.policy = {method: operation.action for method, operation in cls.operations.items()}
        for name in ("post", "patch"):
            if name in vars(cls):
                setattr(cls, name, once(vars(cls)[name]))

    @classmethod
    def as_view(cls, **options: Any) -> Any:
        view: Any = super().as_view(**options)
        view.policy = cls.policy
        return view

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        answer = super().dispatch(request, *args, **kwargs)
        if request.method not in SAFE_METHODS:
            drain(request)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\x00" in value for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        if request.method in SAFE_METHODS:
            return
        # Row versions name the token's owner too: the middleware ran before the token was read.
        token = request.auth.prefix if isinstance(request.auth, ApiToken) else None
        pghistory.context(person=request.user.pk, token=token)
        if str(request.method) not in self.operations:
            return  # answered with 405
        refuse_unknown(request.query_params, ("fields",) if self.operation.kind == "object" else ())
        if "If-Match" in request.headers and not kwargs:
            text = _("What is made here has no version yet. Leave If-Match out.")
            raise BadInput(text, code="no_version_yet", errors={"If-Match": [text]})

    def handle_exception(self, exc: Exception) -> Any:
        """A refused sign-in counts for its address; too many of them get 429 in place of 401."""
        if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed) and (
            wait := stranger_waits(self.request)
        ):
            exc = exceptions.Throttled(wait)
        return super().handle_exception(exc)

    @property
    def operation(self) -> Operation:
        """What the method of this request is declared to be."""
        return self.operations[str(self.request.method).replace("HEAD", "GET")]

    def expected_version(self, thing: Aggregate) -> int | None:
        """The version of `thing` that `If-Match` asks for, for the action to compare under its lock; None: any."""
        return expected_version(self.request.headers.get("If-Match"), thing.version)

    def load(self, rows: QuerySet[M], **key: Any) -> M:
        """The object of this request through the door, for the action of its method: 404 unseen, 403 not allowed."""
        request: Any = self.request
        return load(request, rows, self.policy[request.method.replace("HEAD", "GET")], **key)


@public(reason="says only that an address does not exist")
def unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Whatever no resource answers; a forgotten slash at the end is named as such."""
    text = _("There is nothing at this address, or it is not yours to see.")
    if not request.path.endswith("/"):
        try:
            found = resolve(f"{request.path}/")
        except Resolver404:  # pragma: no cover - this very view matches everything
            found = None
        if found is not None and found.func is not unknown_address:
            text = _("Addresses of the API end with a slash: %(path)s/") % {"path": request.path}
    return problem(404, "not_found", text)


class Schema(ApiView):
    """This API, described by OpenAPI 3. `format=yaml` for YAML.

    A token that is narrowed to some domains is shown what it reaches.
    """

    operations: ClassVar = {
        "GET": Operation(
            "schema",
            "api.read_schema",
            "other",
            domain=EVERY_TOKEN,  # shows a token the addresses of its own domains
            parameters=(("format", "json (the default) or yaml"),),
        )
    }

    def get(self, request: Request) -> HttpResponse:
        from techdesk.api.schema import as_yaml, schema

        refuse_unknown(request.query_params, ["format"])
        kind = request.query_params.get("format", "json")
        found = schema(tuple(domains_of(request)))
        if kind == "yaml":
            return HttpResponse(as_yaml(found), content_type="application/vnd.oai.openapi; charset=utf-8")
        if kind != "json":
            raise exceptions.ValidationError({"format": [_("Write json or yaml.")]})
        return JsonResponse(found, content_type="application/vnd.oai.openapi+json")


@policy("api.read_schema")
def reading_room(request: HttpRequest) -> HttpResponse:
    """The schema as a page that a person reads: every address, what goes in, what comes out."""
    from techdesk.api.reading import chapters, refusals

    context = {
        "chapters": chapters(),
        "refusals": refusals(),
        "base": request.build_absolute_uri("/api/v1"),
        "schema_url": reverse("api:schema"),
    }
    return render(request, "api/reading_room.html", context)
