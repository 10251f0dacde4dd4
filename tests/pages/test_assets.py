"""What pages load: all of it ours, named by its content, small; nothing inline that the policy would stop."""

from __future__ import annotations

import gzip
import re
import tomllib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

import api.pages
from api.pages.assets import asset_path
from tests.pages.browsing import Browser, Page

FOLDER = Path(api.pages.__file__).parent
ASSETS = ("app.css", "app.js", "htmx.js", "icon.svg")
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
INLINE = re.compile(
    r"""\sstyle\s*=|\son[a-z]+\s*=\s*"|hx-on|<style|javascript:|<script(?![^>]*\ssrc=)""", re.IGNORECASE
)
ELSEWHERE = re.compile(r"""(?:https?:)?//[\w.-]+\.\w+""")


@pytest.mark.parametrize("name", ASSETS)
def test_a_name_tells_its_content_and_is_kept_for_a_year(site: Browser, name: str) -> None:
    path = asset_path(name)
    answer = site.client.get(path, headers={"Accept-Encoding": "identity"})
    assert sha256(answer.content).hexdigest()[:12] in path
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    packed = site.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.content == answer.content
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("name", ["app.css", "app-000000000000.css", "..%2Fwords.toml", "vendor.toml", ""])
def test_nothing_else_is_served(site: Browser, name: str) -> None:
    assert site.client.get(f"/assets/{name}").status_code == 404


def test_what_others_wrote_is_as_they_published_it_with_their_licence() -> None:
    vendored = tomllib.loads((FOLDER / "assets/vendor.toml").read_text("utf-8"))
    for name, told in vendored.items():
        file = FOLDER / "assets" / told["file"]
        assert sha256(file.read_bytes()).hexdigest() == told["sha256"], name
        assert told["version"] in file.parent.name
        assert told["integrity"].startswith("sha512-")
        assert (FOLDER / "assets" / told["licence"]).read_text("utf-8").strip()
    kept = {path.parent for path in (FOLDER / "assets/vendor").rglob("*") if path.is_file()}
    assert kept == {(FOLDER / "assets" / told["file"]).parent for told in vendored.values()}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_anything_inline(template: Path) -> None:
    assert INLINE.findall(template.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "file", [*TEMPLATES, FOLDER / "assets/app.css", FOLDER / "assets/app.js"], ids=lambda p: p.name
)
def test_nothing_comes_from_another_host(file: Path) -> None:
    assert ELSEWHERE.findall(file.read_text("utf-8")) == []


def test_script_of_others_asks_no_other_host_and_makes_no_code() -> None:
    text = (FOLDER / "assets/vendor/htmx-4.0.1/htmx.min.js").read_text("utf-8")
    assert ELSEWHERE.findall(text) == []
    assert re.findall(r"\beval\(|new Function|\bFunction\(", text) == []


def loaded(site: Browser, page: Page) -> int:
    """Return the bytes of a page and of everything that it loads, as they travel."""
    found = [one.attributes["href"] for one in page.all("link")]
    found += [one.attributes["src"] for one in page.all("script")]
    assert found
    assert all(path.startswith("/assets/") for path in found)
    parts = [site.client.get(path, headers={"Accept-Encoding": "identity"}).content for path in found]
    return sum(len(gzip.compress(part, 5)) for part in (page.text.encode(), *parts))


@pytest.mark.parametrize(("who", "path"), [("manager", "/team"), ("employee", "/me"), ("office", "/city")])
def test_a_first_page_is_small(signed_in: Callable[[str], Browser], who: str, path: str) -> None:
    browser = signed_in(who)
    assert loaded(browser, browser.get(path)) < 100_000


def test_styles_and_scripts_load_nothing_further() -> None:
    css, js = ((FOLDER / "assets" / name).read_text("utf-8") for name in ("app.css", "app.js"))
    assert re.findall(r"url\(|@import", css) == []
    assert "import" not in js


def test_pages_are_sent_compressed_and_safe(signed_in: Callable[[str], Browser]) -> None:
    page = signed_in("manager").get("/team", **{"Accept-Encoding": "gzip"})
    policy = page.headers["Content-Security-Policy"]
    assert page.headers["Content-Encoding"] == "gzip"
    assert "unsafe" not in policy
    assert {part.split()[0]: part.split()[1:] for part in policy.split(";")}["default-src"] == ["'none'"]
    assert page.headers["Cache-Control"] == "private, no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
