"""Template tags of the component registry, and a few filters. Loaded in every template as builtins
(settings).

For each component `x` in `techdesk.ui.components` there is `{% x … %}`, and `{% endx %}` when it takes a
body.
"""

import inspect
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.base import FilterExpression, Node, NodeList, Parser, TextNode, Token
from django.template.context import Context
from django.utils.safestring import SafeString
from tablericons.templatetags.tablericons import icon as tabler_icon

from techdesk.ui.choices import StateChoices, state_class
from techdesk.ui.components import REGISTRY, Component
from techdesk.ui.moments import worded as worded_day

register = template.Library()


class FillNode(Node):
    """What stands between `{% fill name %}` and `{% endfill %}`; the component around it takes it out of its
    body.
    """

    def __init__(self, name: str, nodelist: NodeList) -> None:
        self.name = name
        self.nodelist = nodelist

    def render(self, context: Context) -> str:
        raise TypeError(f"{{% fill {self.name} %}} must stand directly inside a component, not in an if or a for")


@register.tag
def fill(parser: Parser, token: Token) -> FillNode:
    """`{% fill actions %} … {% endfill %}`: the content of a slot of the component around it."""
    _tag, name = token.split_contents()
    nodelist = parser.parse(("endfill",))
    parser.delete_first_token()
    return FillNode(name, nodelist)


class ComponentNode(Node):
    """One use of a component in a template."""

    child_nodelists = ("body", "fill_nodes")

    def __init__(
        self,
        declared: Component,
        args: list[FilterExpression],
        props: dict[str, FilterExpression],
        body: NodeList,
        fills: dict[str, NodeList],
    ) -> None:
        self.declared = declared
        self.args = args
        self.props = props
        self.body = body
        self.fills = fills
        self.fill_nodes = NodeList(node for nodelist in fills.values() for node in nodelist)

    def render(self, context: Context) -> str:
        args = [expression.resolve(context) for expression in self.args]
        props = {name: expression.resolve(context) for name, expression in self.props.items()}
        values = self.declared.prepare(*args, **props)
        values["request"] = context.get("request")
        values["csrf_token"] = context.get("csrf_token")
        if self.declared.body:
            values["body"] = _stripped(self.body.render(context))
            for slot in self.declared.slots:
                filled = self.fills.get(slot)
                values[slot] = _stripped(filled.render(context)) if filled is not None else ""
        assert context.template is not None  # set while a template is drawn  # noqa: S101
        drawn = context.template.engine.get_template(self.declared.template_name)
        # As Django's inclusion tags do: a new context, so that a component sees its props and nothing by
        # accident.
        return _stripped(drawn.render(context.new(values)))


def _stripped(drawn: SafeString) -> SafeString:
    """Without the white space around it, so that a template can ask `{% if body %}`.

    `mark_safe`-like on purpose: str.strip() gives a plain str, and what nodes render is
    escaped already.
    """
    return SafeString(drawn.strip())


def _compile(declared: Component) -> Callable[[Parser, Token], ComponentNode]:
    end = f"end{declared.name}"

    def compile_tag(parser: Parser, token: Token) -> ComponentNode:
        args, props = [], {}
        for bit in token.split_contents()[1:]:
            name, expression = _prop(bit)
            if name is None:
                args.append(parser.compile_filter(expression))
            elif name in props:
                raise TypeError(f"{declared.name}: prop {name} is given twice")
            else:
                props[name] = parser.compile_filter(expression)
        try:
            bound = declared.signature.bind(*args, **props)
        except TypeError as error:
            raise TypeError(f"{{% {declared.name} %}} {error}") from error
        _check_attrs(declared, bound)
        body, fills = NodeList(), {}
        if declared.body:
            for node in parser.parse((end,)):
                if isinstance(node, FillNode):
                    if node.name not in declared.slots:
                        raise TypeError(f"{{% {declared.name} %}} has no slot {node.name!r}, only {declared.slots}")
                    fills[node.name] = node.nodelist
                else:
                    body.append(node)
            parser.delete_first_token()
            if all(isinstance(node, TextNode) and not node.s.strip() for node in body):
                body = NodeList()
        return ComponentNode(declared, args, props, body, fills)

    return compile_tag


def _prop(bit: str) -> tuple[str | None, str]:
    name, equals, expression = bit.partition("=")
    return (name, expression) if equals and name.isidentifier() else (None, bit)


def _check_attrs(declared: Component, bound: inspect.BoundArguments) -> None:
    from techdesk.ui.components import html_attrs

    for parameter in declared.signature.parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            html_attrs(dict.fromkeys(bound.arguments.get(parameter.name, {}), ""))


for _declared in REGISTRY.values():
    register.tag(_declared.name, _compile(_declared))


@lru_cache(maxsize=512)
def _sign(name: str, size: int) -> str:
    return tabler_icon(name, size=size, aria_hidden="true")


@register.simple_tag
def sign(name: str, size: int = 20) -> str:
    """An icon that says nothing to a screen reader, drawn once per name and size. `name` may be empty: then
    nothing.
    """
    # The package's own {% icon %} copies an element tree for every call; a list of 100 badges shows it.
    return _sign(str(name), size) if name else ""


@register.filter
def state(value: str | None, name: str) -> StateChoices | None:
    """The member for a stored value: `{{ row.status|state:"tickets.TicketStatus" }}`. None stays None."""
    return state_class(name)(value) if value not in (None, "") else None


@register.filter
def layout(request: HttpRequest | None, full: str = "base.html") -> str:
    """Which template a page extends: `{% extends request|layout %}`.

    The whole page for a browser, only its content block (`ui/fragment.html`) for htmx; htmx picks what it
    needs by `hx-select`, so that a page and its fragment stay one file, one view, one context. A page that
    goes back in the history or a boosted link gets the whole page.
    """
    htmx = getattr(request, "htmx", None)
    if htmx and not htmx.boosted and not htmx.history_restore_request:
        return "ui/fragment.html"
    return full


@register.filter
def worded(day: date | datetime | None, form: str) -> str:
    """A day in the order of the language in force: `{{ day|worded:"M j, Y" }}`. None is nothing."""
    return worded_day(day, form) if day else ""


@register.filter
def initials(name: Any) -> str:
    """One or two letters for a person: "Ana Diaz" gives "AD"."""
    words = [word for word in str(name).split() if word[:1].isalpha()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [word[0] for word in words]
    return "".join(letters).upper() or "?"


@register.filter
def after(items: Iterable[Any], count: int) -> list[Any]:
    """The items after the first `count`."""
    return list(items)[count:]
