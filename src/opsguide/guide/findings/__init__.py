"""Findings: what a guide says that cannot be so, is missing, or has aged. Every rule has a page in docs/findings/.

The files with rules are named after what they look at. A rule is one function; importing its file registers it.
"""

from . import (
    alerts,
    availability,
    budget,
    clocks,
    outdated,
    recovery,
    releases,
    routes,
    same,
    severities,
    targets,
    windows,
)
from .edits import apply_edits
from .find import find
from .registry import RULES, Case, Rule, rule

__all__ = ["RULES", "Case", "Rule", "apply_edits", "find", "rule"]

# What importing them was for: their rules are in RULES.
_RULE_FILES = (
    alerts,
    availability,
    budget,
    clocks,
    outdated,
    recovery,
    releases,
    routes,
    same,
    severities,
    targets,
    windows,
)
