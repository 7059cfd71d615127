"""The OpenAPI schema, out of the same declarations that answer requests."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from techdesk.api import problems
from techdesk.api.parameters import DEFAULT_LIMIT, MOST_ROWS, filter_names
from techdesk.api.resources import Resource
from techdesk.api.views import Operation

#: Names the domain of an operation; what every token may ask has none.
DOMAIN = "x-techdesk-domain"

#: What may go wrong, in words; the codes stand in docs/api.md.
REFUSALS: dict[int, Any] = {
    400: _("The request cannot be used; `errors` says which field or parameter."),
    401: _("No token, or one that is unknown, revoked or expired."),
    403: _("You see this but may not do it, the token may only read, or it is for other parts of the API."),
    404: _("It does not exist, or it is not yours to see."),
    406: _("The Accept header names no format there is."),
    409: _("Not possible in this state; `code` says why."),
    412: _("It changed since you read it, and If-Match asked for what you had read."),
    413: _("The body is too large, or holds too many items."),
    415: _("The body is not JSON."),
    429: _("Too many requests; wait as many seconds as Retry-After says."),
    500: _("Something broke on our side."),
    503: _("The database took too long or is away; try again."),
}


class Problem(serializers.Serializer[Any]):
    """What every refusal says (RFC 9457). Some codes bring facts of their own besides."""

    type = serializers.CharField(help_text=_("urn:techdesk:problem:<code>"))
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text=_("For a person."))
    code = serializers.CharField(help_text=_("For a script. Stable."))

    def get_fields(self) -> dict[str, Any]:
        # Not declared above: a serializer has a property of this name itself.
        errors = serializers.DictField(
            child=serializers.ListField(child=serializers.CharField()), required=False, help_text=_("By field.")
        )
        return {**super().get_fields(), "errors": errors}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "techdesk.api.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    """Left out: a script sends a token; a session is for our own pages."""

    target_class = "techdesk.api.authentication.SignedInPerson"
    name: list[str] = []

    def get_security_requirement(self, auto_schema: Any) -> list[Any]:
        return []

    def get_security_definition(self, auto_schema: Any) -> list[Any]:
        return []


@functools.cache
def page_of(resource: Resource) -> type[serializers.Serializer]:
    """Describes one page of a list."""
    members: dict[str, Any] = {
        "results": resource.serializer(many=True),
        "next": serializers.URLField(allow_null=True, help_text=_("The next page; null after the last.")),
        "count": serializers.IntegerField(required=False, help_text=_("Only with ?count=true.")),
    }
    return type(f"{resource.title}Page", (serializers.Serializer,), members)


def _header(name: str, text: Any, *, response: list[int] | bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=str(text), response=response)


class TechdeskSchema(AutoSchema):
    """Describes an ApiView by its `operations`."""

    @property
    def operation(self) -> Operation:
        view: Any = self.view
        declared: Operation = view.operations[self.method]
        return declared

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_extensions(self) -> dict[str, Any]:
        name = self.operation.belongs_to.name
        return {DOMAIN: name} if name else {}

    def get_tags(self) -> list[str]:
        return self._tokenize_path()[:1]

    def _words(self) -> str:
        method = inspect.getdoc(getattr(self.view, self.method.lower()))
        return method or inspect.getdoc(type(self.view)) or ""

    def get_summary(self) -> str:
        return self._words().partition("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]
        return self._words().partition("\n")[2].strip()

    def _is_list_view(self, serializer: Any = None) -> bool:
        return False  # pages are described by `page_of`

    def get_override_parameters(self) -> list[Any]:
        operation = self.operation
        found = [OpenApiParameter(name, str, description=str(text)) for name, text in operation.parameters]
        resource = operation.resource
        if operation.kind in {"list", "export"} and resource is not None:
            found += self._asked(resource, operation.kind)
        elif operation.kind == "feed" and resource is not None:
            found += [self._fields(resource), self._limit(), *self._filters(resource)]
        elif operation.kind in {"detail", "object"} and resource is not None:
            found.append(self._fields(resource))
        return found + self._headers()

    @property
    def _changes_one(self) -> bool:
        """Does it write to something that is there already?"""
        return self.method != "GET" and "{" in self.path

    def _headers(self) -> list[OpenApiParameter]:
        """Headers that are sent, and headers of the answer."""
        operation = self.operation
        found: list[OpenApiParameter] = []
        etag = operation.kind in {"detail", "object", "feed"}
        if operation.kind in {"detail", "feed"}:
            text = _("An ETag you have: the answer is 304 without a body when nothing has changed.")
            found.append(_header("If-None-Match", text))
        if self._changes_one:
            text = _("An ETag you have: the answer is 412 when somebody has changed it since. * for any.")
            found.append(_header("If-Match", text))
        if self.method != "GET":
            text = _("1 to 255 visible characters, such as a UUID. The same request sent again acts once.")
            found.append(_header("Idempotency-Key", text))
            text = _("true: this answer was given before, for the same key.")
            found.append(_header("Idempotency-Replayed", text, response=[operation.status]))
        if etag:
            text = _("Version, dash, hash of this answer.")
            found.append(_header("ETag", text, response=[operation.status]))
        if operation.status == 201 and not self._changes_one:
            found.append(_header("Location", _("Where it is to be read."), response=[201]))
        return found

    def _limit(self) -> OpenApiParameter:
        limit = {"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": DEFAULT_LIMIT}
        return OpenApiParameter("limit", limit, description=str(_("Rows on a page.")))

    def _fields(self, resource: Resource) -> OpenApiParameter:
        text = _("Only these fields, separated by commas: %(names)s") % {"names": ", ".join(resource.fields)}
        return OpenApiParameter("fields", str, description=str(text))

    def _asked(self, resource: Resource, kind: str) -> list[OpenApiParameter]:
        orderings = [sign + name for name in resource.orderings for sign in ("", "-")]
        found = [
            self._fields(resource),
            OpenApiParameter("ordering", str, enum=orderings, default=resource.default_ordering),
        ]
        if kind == "export":
            found.append(OpenApiParameter("format", str, enum=["ndjson", "csv"], default="ndjson"))
        else:
            found += [
                self._limit(),
                OpenApiParameter("cursor", str, description=str(_("Where to go on; `next` has it already."))),
                OpenApiParameter("count", bool, default=False, description=str(_("Count all rows too; slower."))),
            ]
        if resource.search is not None:
            found.append(OpenApiParameter("search", str))
        return found + self._filters(resource)

    def _filters(self, resource: Resource) -> list[OpenApiParameter]:
        return [self._filter(name, one.describe, lookup) for name, (one, lookup) in filter_names(resource).items()]

    def _filter(self, name: str, describe: serializers.Field, lookup: str) -> OpenApiParameter:
        if lookup == "isnull":
            return OpenApiParameter(name, bool)
        one = {
            key: value
            for key, value in self._map_serializer_field(describe, "request").items()
            if key not in {"title", "description", "readOnly", "x-spec-enum-id"}
        }
        if lookup == "in":
            many: dict[str, Any] = {"type": "array", "items": one}
            return OpenApiParameter(name, many, explode=False, style="form", description=str(_("Separated by commas.")))
        return OpenApiParameter(name, one)

    def get_request_serializer(self) -> Any:
        return self.operation.body

    def get_response_serializers(self) -> Any:
        operation = self.operation
        found: dict[Any, Any] = {}
        if operation.answer is not None:
            found[operation.status] = operation.answer
        elif operation.kind == "list" and operation.resource:
            found[operation.status] = page_of(operation.resource)
        elif operation.kind in {"detail", "object"} and operation.resource:
            found[operation.status] = operation.resource.serializer
        elif operation.kind == "export":
            found[(200, "application/x-ndjson")] = OpenApiResponse(str, str(_("One JSON object a line.")))
            found[(200, "text/csv")] = OpenApiResponse(str, str(_("A heading line, then one line a row.")))
        else:
            found[(200, "application/vnd.oai.openapi+json")] = OpenApiResponse(dict[str, Any], str(_("The schema.")))
        if operation.kind in {"detail", "feed"}:
            found[304] = OpenApiResponse(None, str(_("You have it already (If-None-Match).")))
        for status in self._refusals():
            found[(status, problems.MEDIA_TYPE)] = OpenApiResponse(Problem, str(REFUSALS[status]))
        return found

    def _refusals(self) -> list[int]:
        statuses = [400, 401, 403, 406, 429, 500, 503]
        if "{" in self.path or self.operation.kind == "detail":
            statuses.append(404)
        if self.method != "GET":
            statuses += [409, 413, 415, *([412] if "{" in self.path else [])]
        elif self.operation.kind == "detail":
            statuses.append(409)
        return sorted(statuses)

    def map_renderers(self, attribute: str) -> list[Any]:
        return ["application/json"] if attribute == "media_type" else []

    def map_parsers(self) -> list[Any]:
        return ["application/json"]


@functools.lru_cache(maxsize=8)
def _schema(language: str) -> dict[str, Any]:
    generated: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return generated


def schema(narrowed: Collection[str] = ()) -> dict[str, Any]:
    """The schema in the language of the request, made once per process and language.

    narrowed: only what a token of these domains reaches; all of it without them.
    """
    whole = _schema(get_language() or "en")
    if not narrowed:
        return whole
    paths = {}
    for path, methods in whole["paths"].items():
        reached = {name: one for name, one in methods.items() if one.get(DOMAIN, "") in {"", *narrowed}}
        if reached:
            paths[path] = reached
    return {**whole, "paths": paths, "components": _parts_of(paths, whole["components"])}


def _parts_of(paths: Mapping[str, Any], components: Mapping[str, Any]) -> dict[str, Any]:
    """The components without the descriptions that nothing in `paths` leads to."""
    parts: Mapping[str, Any] = components["schemas"]
    found: dict[str, Any] = {}
    waiting = _named_in(paths)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = parts[name]
            waiting |= _named_in(parts[name])
    return {**components, "schemas": dict(sorted(found.items()))}


def _named_in(thing: Any) -> set[str]:
    """The descriptions that `thing` refers to."""
    if isinstance(thing, Mapping):
        inside = [_named_in(one) for one in thing.values()]
        own = {str(thing["$ref"]).rpartition("/")[2]} if isinstance(thing.get("$ref"), str) else set()
        return own.union(*inside)
    return set().union(*map(_named_in, thing)) if isinstance(thing, list | tuple) else set()


def as_yaml(found: Mapping[str, Any]) -> bytes:
    text: bytes = OpenApiYamlRenderer().render(found, renderer_context={})
    return text
