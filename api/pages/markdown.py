"""Markdown that training wrote (the card of a model) as a part of a page: no HTML, no pictures, no styles."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

_DOWN, _DEEPEST = 2, 6  # the page has one h1, and the part stands under an h2


def html_of(text: str, table_name: Callable[[int], str]) -> Markup:
    """Return Markdown as HTML whose first headings are h3.

    Parameters
    ----------
    table_name : what the table of a number, from 1 on, is called: each scrolls for itself on a narrow screen.
    """
    # `html: False` shows tags that stand in the text as text, so that the reader makes all markup itself.
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    tokens = list(_for_pages(reader.parse(text), table_name))
    return Markup(reader.renderer.render(tokens, reader.options, {}))


def _for_pages(tokens: Sequence[Token], table_name: Callable[[int], str]) -> Iterator[Token]:
    tables = 0
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1:]) + _DOWN, _DEEPEST)}"
        elif token.type in ("th_open", "td_open"):
            _align(token)
        if token.type == "table_open":
            tables += 1
            label = escape(table_name(tables))
            yield _markup(f'<div class="region" role="region" tabindex="0" aria-label="{label}">\n')
        yield token
        if token.type == "table_close":
            yield _markup("</div>\n")


def _align(cell: Token) -> None:
    """Say by a class what Markdown says by a style, which pages forbid; heads are those of columns."""
    if "right" in str(cell.attrs.pop("style", "")):
        cell.attrs["class"] = "number"
    if cell.tag == "th":
        cell.attrs["scope"] = "col"


def _markup(html: str) -> Token:
    return Token("html_block", "", 0, content=html)
