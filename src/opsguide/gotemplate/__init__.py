"""Go templates as Prometheus' alerting rules use them: parsed once, expanded for each alert, bounded in all they do.

`parse(text, variables, functions)` gives a tree or raises TemplateError with the line; `expand(tree, scope)` gives the
text. Only what the author of a rule wrote is a template: labels, annotations and values of samples are data.
"""

from .builtin import LAZY
from .parsing import parse
from .running import expand
from .scope import FUNCTIONS, Found, Scope
from .tree import Template, TemplateError

NAMES = frozenset({*FUNCTIONS, *LAZY})
"""The functions that a template may call."""

__all__ = ["NAMES", "Found", "Scope", "Template", "TemplateError", "expand", "parse"]
