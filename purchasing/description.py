"""Texts that brands write: descriptions as harmless HTML, names as plain words.

Cleaned once at the border, so that what is shown here and what is sent to the POS are one text.
"""

import html
import re

import nh3

# No attributes, no links, no pictures: paragraphs, emphasis and lists are all a product needs.
ALLOWED = frozenset({"p", "br", "b", "i", "strong", "em", "ul", "ol", "li"})
LONGEST_DESCRIPTION = 20_000
LONGEST_NAME = 255
# Elements whose content is no text either.
_NOT_TEXT = {"script", "style", "svg", "math", "template", "title", "noscript", "iframe", "object"}
_TAG = re.compile(r"<[^<>]*>?")
_SPACES = re.compile(r"\s+")


def clean_html(text: str, limit: int = LONGEST_DESCRIPTION) -> tuple[str, bool]:
    """The description as harmless HTML of at most `limit` characters, and whether it was cut."""
    # Enough to choose from; a text of a million characters is not cleaned in full.
    clean = _clean(text[: limit * 4])
    if len(clean) <= limit and len(text) <= limit * 4:
        return clean, False
    cut = clean
    room = limit
    while len(cut) > limit:
        # Cleaning closes what the cut left open, which may make it longer again.
        cut = _clean(_TAG.sub(_whole_tag, clean[:room]).rstrip())
        room -= max(len(cut) - limit, 1)
    return cut, True


def plain_text(text: str) -> str:
    """A name without markup, on one line: `<i>Soft</i> Tee` is `Soft Tee`, `A < B` stays."""
    if "<" in text:
        text = nh3.clean(text, tags=set(), clean_content_tags=_NOT_TEXT)
    return _SPACES.sub(" ", html.unescape(text)).strip()


def _clean(text: str) -> str:
    return nh3.clean(
        text, tags=set(ALLOWED), attributes={}, clean_content_tags=_NOT_TEXT, link_rel=None
    ).strip()


def _whole_tag(found: re.Match[str]) -> str:
    """Drop a tag that the cut went through."""
    return found[0] if found[0].endswith(">") else ""
