"""Inline Markdown → the words that a person sees; and a line's label: `**Uptime**: 99.9 %` → Uptime, 99.9 %."""

import re
from functools import lru_cache

# A run of backticks is closed by one as long (CommonMark 6.1): trying every part of a long run takes its cube.
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\((?:[^()\s]|\([^()]*\))*(?:\s+\"[^\"]*\")?\)")
_REFERENCE = re.compile(r"(?<=\])\[[^\[\]]*\]|\[\^[^\[\]]*\]")
_AUTOLINK = re.compile(r"<((?:https?|mailto):[^<>\s]+)>")
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|br|code|del|details|div|em|font|hr|i|img|ins|kbd|li|mark|ol|p|pre|s|small|span|strike"
    r"|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul)\b[^<>]*/?>",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>", re.I)
_STRUCK = re.compile(r"~~(.+?)~~|<(del|s|strike)\b[^<>]*>.*?</\2>", re.I)
_STRONG = re.compile(r"\*\*\*?(?=\S)(.+?)(?<=\S)\*?\*\*|(?<![^\W_])__(?=\S)(.+?)(?<=\S)__(?![^\W_])")
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])|(?<![\w_])_(?=[^\s_])([^_]+?)(?<=\S)_(?![\w_])"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|$)", re.S)
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_ENTITY = re.compile(r"&(lt|gt|le|ge|amp|nbsp|quot|ndash|mdash|rarr|asymp|#\d{1,6});")
_ENTITIES = {
    **{"lt": "<", "gt": ">", "le": "≤", "ge": "≥", "amp": "&", "nbsp": " ", "quot": '"'},
    **{"ndash": "–", "mdash": "—", "rarr": "→", "asymp": "≈"},
}
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f]+")
_SPECIAL = re.compile(r"[*_`\[<&~\\\t\u00a0\u2007\u202f]|  ")

CHECKBOX = re.compile(r"^\[[ xX✓]\]\s+")
_LABEL_BOLD = re.compile(r"^(?:\*\*|__)(?P<label>(?:(?!\*\*|__).)+?)(?:\*\*|__)(?P<rest>.*)$", re.S)
_LABEL_PLAIN = re.compile(r"^(?P<label>[^:]{1,80}?)\s?:(?:\s+|$)(?P<body>.*)$", re.S)
_LABEL_EQUALS = re.compile(r"^(?P<label>[^=:<>!\s]{1,24})\s=\s(?P<body>.*)$", re.S)
_LABEL_DASH = re.compile(r"^(?P<label>[^–—]{1,60}?)\s+[–—-]+\s+(?P<body>.*)$", re.S)
_AFTER_BOLD = re.compile(
    r"^(?P<more>[^:]{0,60}?)\s?(?::|\s[–—-]+)\s+(?P<body>.*)$|^(?P<last>[^:]{0,60}?)\s?:$", re.S
)
_SENTENCE_INSIDE = re.compile(r"[.!?;]\s")
_MAX_LABEL_WORDS = 9


@lru_cache(maxsize=16_384)
def plain(raw: str) -> str:
    """The text without its markup. What is struck through is gone: it was taken back."""
    if not _SPECIAL.search(raw):
        return raw.strip()
    text = _COMMENT.sub(" ", raw)
    text = _STRUCK.sub(" ", text)
    text = _BREAK.sub("; ", text)
    text = _CODE.sub(lambda m: m[2].strip() or " ", text)
    text = _LINK.sub(r"\1", text)
    text = _REFERENCE.sub("", text)
    text = _AUTOLINK.sub(r"\1", text)
    text = _TAG.sub(" ", text)
    text = _STRONG.sub(lambda m: m[1] or m[2], text)
    text = _EMPHASIS.sub(lambda m: m[1] or m[2], text)
    text = _ENTITY.sub(lambda m: _ENTITIES.get(m[1]) or _numbered(m[1]), text)
    text = _ESCAPE.sub(r"\1", text)
    return _SPACES.sub(" ", text).strip(" ;")


def _numbered(entity: str) -> str:
    code = int(entity[1:])
    return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


@lru_cache(maxsize=16_384)
def split_label(raw: str, *, subject: bool = False) -> tuple[str, str]:
    """Label and body of a line, both plain; the label is empty when the line has none.

    With `subject` bold words that begin a sentence are its label: `**Secrets** are encrypted` in a list.

    `**Sev-1 (Critical):** Down` and `S1 Critical: Down` and `P1 – Down` have one; `See: https://…` inside a
    sentence, `12:05 alert` and `a, b and c happened: x` with its own full stop have none.
    """
    raw = CHECKBOX.sub("", raw.strip())
    bold = _LABEL_BOLD.match(raw)
    if bold:
        found = _bold_label(bold["label"], bold["rest"])
        if found is not None:
            return found
        if subject and bold["rest"].strip() and len(bold["label"].split()) <= _MAX_LABEL_WORDS:
            return plain(bold["label"]), plain(bold["rest"])
    text = plain(raw)
    matched = _LABEL_PLAIN.match(text)
    if matched and _is_label(matched["label"]):
        return matched["label"].strip(), matched["body"].strip()
    matched = _LABEL_EQUALS.match(text) or _LABEL_DASH.match(text)
    if matched and _is_label(matched["label"]) and len(matched["label"].split()) <= 5:
        return matched["label"].strip(), matched["body"].strip()
    return "", text


def _bold_label(label: str, rest: str) -> tuple[str, str] | None:
    name = plain(label)
    if name.endswith(":"):
        return name.rstrip(": "), plain(rest)
    if not rest.strip():
        return None
    matched = _AFTER_BOLD.match(plain(rest) if rest[0] != " " else " " + plain(rest))
    if matched and not _SENTENCE_INSIDE.search(matched["more"] or matched["last"] or ""):
        return f"{name}{matched['more'] or matched['last'] or ''}".strip(), (matched["body"] or "").strip()
    return None


def _is_label(label: str) -> bool:
    if _SENTENCE_INSIDE.search(label) or len(label.split()) > _MAX_LABEL_WORDS:
        return False
    # A colon inside brackets belongs to the brackets: `Deploys (see: wiki) happen daily`.
    return label.count("(") == label.count(")") and label.count("[") == label.count("]")


def is_bold(raw: str) -> bool:
    """Is the whole line bold, but for a colon or a remark in brackets? Such a line is a heading in disguise."""
    text = raw.strip()
    bold = _LABEL_BOLD.match(text)
    return (
        bool(bold) and re.fullmatch(r"\s*(?:\([^()]*\))?\s*:?\s*", bold["rest"] if bold else "x") is not None
    )
