"""What is looked for on pages is found where it is planted: else the other tests would say nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser import looking
from tests.browser.watching import Watch

HOST = "pages.example"
FAULTY = """<!doctype html><html lang="en"><title>Faulty</title><main id="main">
<img src="data:,"><p id="pale">Words hardly seen</p><p id="wide">A wide one</p><p id="cut">Cut off</p>
<svg width="10" height="10"><circle r="5"/></svg><button id="bare">Press</button><div id="moves">Here</div>
</main></html>"""
STYLE = """#pale { color: #ccc; background: #fff } #wide { width: 150vw } #moves { transition: opacity 1s }
#cut { width: 2rem; overflow: hidden; white-space: nowrap } #bare { border: 0; background: none }"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": 400, "height": 400}) as context:
        yield context


def served(context: BrowserContext, body: str, policy: str = "") -> Page:
    """Return a page whose host answers with a body, under a policy; other hosts answer with nothing."""

    def answer(route: Route) -> None:
        if route.request.url == f"http://{HOST}/":
            headers = {"Content-Security-Policy": policy} if policy else {}
            route.fulfill(status=200, headers={"Content-Type": "text/html", **headers}, body=body)
        elif route.request.url.endswith("/missing.css"):
            route.fulfill(status=404, body="")
        else:
            route.fulfill(status=200, body="")

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"http://{HOST}/")
    return page


@pytest.fixture
def faulty(context: BrowserContext) -> Page:
    page = served(context, FAULTY)
    page.add_style_tag(content=STYLE)
    return page


@pytest.mark.parametrize(
    ("look", "planted"),
    [
        (looking.found_by_axe, "color-contrast"),
        (looking.found_by_axe, "image-alt"),
        (looking.too_wide, 'id="wide"'),
        (looking.cut_off, 'id="cut"'),
        (looking.moving, 'id="moves"'),
        (looking.unseen_controls, 'id="bare"'),
        (looking.untold_pictures, "<svg"),
    ],
)
def test_a_planted_fault_is_found(faulty: Page, look: Callable[[Page], list[str]], planted: str) -> None:
    assert any(planted in one for one in look(faulty))


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ("<script>alert(1)</script>", "a dialog opened: 1"),
        ("<script>throw new Error('of ours')</script>", "of ours"),
        ("<script>console.error('a slip')</script>", "a slip"),
        ("<img src='http://other.example/x.png'>", "another host is asked: http://other.example/x.png"),
        ("<link rel='stylesheet' href='/missing.css'>", "404"),
    ],
)
def test_what_goes_wrong_on_a_page_is_kept(context: BrowserContext, body: str, fault: str) -> None:
    watch = Watch(context, HOST)
    page = served(context, f"<!doctype html><title>x</title><link rel='icon' href='data:,'>{body}")
    page.wait_for_load_state("networkidle")
    assert any(fault in one for one in watch.faults), watch.faults


def test_what_the_policy_refuses_is_kept(context: BrowserContext) -> None:
    watch = Watch(context, HOST)
    page = served(
        context, "<!doctype html><p style='color: red'>x</p>", "default-src 'none'; style-src 'self'"
    )
    page.wait_for_load_state("networkidle")
    assert any("style-src" in one for one in watch.faults), watch.faults


def test_a_page_without_faults_leaves_none(context: BrowserContext) -> None:
    watch = Watch(context, HOST)
    page = served(
        context,
        '<!doctype html><html lang="en"><title>Well</title><link rel="icon" href="data:,">'
        '<main><h1>Well</h1><p>Words</p><button type="button">Press</button></main></html>',
    )
    assert looking.found_by_axe(page) == []
    for look in (looking.too_wide, looking.cut_off, looking.unseen_controls, looking.untold_pictures):
        assert look(page) == []
    assert watch.faults == []
