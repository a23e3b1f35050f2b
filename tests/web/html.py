"""The text that a reader of a page sees, without what the console adds."""

from html.parser import HTMLParser

ADDED = {"at", "note", "notes", "standing", "contents-small", "sr"}
VOID = {"br", "hr", "img", "input", "link", "meta", "use"}


class Reader(HTMLParser):
    """`words` of elements whose classes are none of `ADDED`; attributes that carry the document's words count."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in VOID:
            return
        classes = set((given.get("class") or "").split())
        self._hidden.append(bool(classes & ADDED) or any(self._hidden[-1:]))
        self.parts += [
            given[name] or ""
            for name in ("href", "title")
            if name in given and tag != "time" and not self._hidden[-1]
        ]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self._hidden.pop()

    def handle_data(self, data: str) -> None:
        if not any(self._hidden[-1:]):
            self.parts.append(data)


def text_of(html: str) -> str:
    """The words, elements apart from each other by spaces."""
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert not reader._hidden, "every element is closed"
    return " ".join(" ".join(reader.parts).split())
