"""Components of the status page as commands name them: by the names of their tables."""

from collections.abc import Sequence

from ..kernel.part import Refusal
from .bindings import Bindings
from .wording import did_you_mean


def unknown_component(bindings: Bindings, named: Sequence[str]) -> Refusal | None:
    """Why the first that the bindings do not have cannot be meant, naming those there are."""
    known = bindings.status.components if bindings.status is not None else {}
    unknown = next((name for name in named if name not in known), None)
    if unknown is None:
        return None
    hint = f"{did_you_mean(unknown, known)} [status.components] has {', '.join(known) or 'none'}".strip()
    return Refusal("unknown_component", f"the status page has no component `{unknown}`", hint)
