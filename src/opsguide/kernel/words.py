"""How what something is called stands in a sentence."""


def capital(text: str) -> str:
    """The first letter as at the start of a sentence; names such as `p95` and `error_rate` stay as they are."""
    first = text.split(" ", 1)[0].rstrip(",.;!?")
    return text[:1].upper() + text[1:] if first.isalpha() else text
