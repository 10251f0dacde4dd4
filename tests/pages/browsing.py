"""A browser without scripts: it keeps cookies, reads pages, and sends the forms that stand in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from fastapi.testclient import TestClient


@dataclass
class Element:
    """A tag of a page with its attributes, and the text in it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Page:
    """A page that came back."""

    status: int
    url: str
    text: str
    headers: Any
    elements: list[Element] = field(default_factory=list)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Return the tags of a kind that have these attributes."""
        return [
            one
            for one in self.elements
            if one.tag == tag and all(one.attributes.get(name) == value for name, value in attributes.items())
        ]

    @property
    def heading(self) -> str:
        """The first heading."""
        return self.all("h1")[0].text.strip()

    @property
    def words(self) -> str:
        """All text that is shown, blanks folded."""
        return " ".join(" ".join(one.text for one in self.elements if one.tag == "body").split())

    @property
    def csrf(self) -> str:
        """The token of the page's forms."""
        return self.all("input", name="csrf")[0].attributes["value"]


class _Reader(HTMLParser):
    """Collects tags; a tag's text is all that stands in it, of tags within it too."""

    _EMPTY = frozenset({"meta", "link", "input", "br", "img", "hr", "line", "rect", "circle", "path"})
    _SILENT = frozenset({"script", "style"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.found.append(element)
        if tag not in self._EMPTY:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {one.tag for one in self._open}:
            return  # of one that is empty, as in <rect/>
        while self._open:
            if self._open.pop().tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1].tag in self._SILENT):
            for element in self._open:
                element.text += data


class Browser:
    """Asks for pages and follows where they lead."""

    def __init__(self, client: TestClient, cookies: dict[str, str] | None = None) -> None:
        self.client = client
        self.cookies = cookies or {}

    @property
    def database(self) -> Any:
        return self.client.app.state.office.database  # type: ignore[attr-defined]

    @property
    def office(self) -> Any:
        return self.client.app.state.office  # type: ignore[attr-defined]

    def with_session(self, token: str) -> Browser:
        """Return another browser that holds a session."""
        return Browser(self.client, {"session": token})

    def get(self, path: str, follow: bool = True, **headers: str) -> Page:
        """Return a page."""
        return self._asked("GET", path, None, headers, follow)

    def post(self, path: str, fields: dict[str, Any], follow: bool = True, **headers: str) -> Page:
        """Send a form as it is told, without a token unless there is one in it."""
        return self._asked("POST", path, fields, headers, follow)

    def send(self, page: Page, path: str, follow: bool = True, **fields: Any) -> Page:
        """Send a form of a page, with that page's token."""
        return self.post(path, {"csrf": page.csrf, **fields}, follow)

    def _asked(
        self, method: str, path: str, fields: dict[str, Any] | None, headers: dict[str, str], follow: bool
    ) -> Page:
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.client.cookies.clear()
        answer = self.client.request(
            method,
            path,
            data=fields,
            headers={"Accept": "text/html", **({"Cookie": held} if held else {}), **headers},
            follow_redirects=False,
        )
        self._keep(answer)
        if follow and answer.status_code == 303:
            return self._asked("GET", answer.headers["Location"], None, {}, follow)
        reader = _Reader()
        kind = answer.headers.get("Content-Type", "")
        if kind.startswith("text/html"):
            reader.feed(answer.text)
        text = answer.text if kind.startswith(("text/", "application/json")) else ""
        return Page(answer.status_code, str(answer.url), text, answer.headers, reader.found)

    def _keep(self, answer: Any) -> None:
        for line in answer.headers.get_list("Set-Cookie"):
            name, _, rest = line.partition("=")
            value = rest.partition(";")[0].strip('"')
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
