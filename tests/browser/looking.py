"""What is looked at on every page: what axe finds, what does not fit, what can be seen and is told."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# Levels A and AA of WCAG 2.2, and what axe holds to be good besides.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_NEVER = ("critical", "serious")


def unfold(page: Page) -> None:
    """Open all that is folded, and wait for what comes only then."""
    comes = page.locator("details[hx-get]:not([open])").count()
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    if comes:
        expect(page.locator("#changes")).to_be_visible()


def found_by_axe(page: Page, *rules: str) -> list[str]:
    """Return what axe finds that no page may have; only by these rules, if some are named."""
    only: dict[str, Any] = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    answer = Axe().run(page, options={"runOnly": only, "resultTypes": ["violations"]})
    return [
        f"{one['id']} ({one['impact']}): {node['html'][:200]} {node['failureSummary']}"
        for one in answer.response["violations"]
        if one["impact"] in _NEVER or "best-practice" not in one["tags"]
        for node in one["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """Return what reaches beyond the screen to the right, unless it lies in something that scrolls."""
    found: list[str] = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const reach = [...document.querySelectorAll("body *")].filter((one) =>
            one.checkVisibility({contentVisibilityAuto: true}) && !one.closest(".region, .picture")
            && one.getBoundingClientRect().left + one.scrollWidth > width + 0.5);
          return [`${document.documentElement.scrollWidth} px`,
            ...reach.slice(-3).map((one) => one.outerHTML.slice(0, 160))];
        }"""
    )
    return found


def cut_off(page: Page) -> list[str]:
    """Return texts of which a part is hidden by the box that they stand in."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main :is(p, li, td, th, dd, a, button, label, h1, h2, h3)")]
          .filter((one) => {
            const style = getComputedStyle(one);
            return !one.closest(".visually-hidden") && style.overflow === "hidden"
              && style.clipPath === "none" && one.scrollWidth > one.clientWidth + 1;
          }).map((one) => one.outerHTML.slice(0, 160))"""
    )
    return found


def moving(page: Page) -> list[str]:
    """Return what moves."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
          const style = getComputedStyle(one);
          const lasts = style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
          return lasts || style.animationName !== "none";
        }).map((one) => one.outerHTML.slice(0, 160))"""
    )
    return found


def unseen_controls(page: Page) -> list[str]:
    """Return what can be pressed or filled in and does not stand out from the ground."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("button, .button, input, select, textarea, summary")]
        .filter((one) => {
          const style = getComputedStyle(one), box = one.getBoundingClientRect();
          if (one.type === "hidden" || !box.width || one.closest("[hidden]")) return false;
          if (["checkbox", "radio"].includes(one.type)) return style.appearance === "none";
          const edge = parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none";
          const words = one.innerText && style.color !== style.backgroundColor;
          return one.tagName === "SUMMARY" ? !words : !edge;
        }).map((one) => one.outerHTML.slice(0, 160))"""
    )
    return found


def untold_pictures(page: Page) -> list[str]:
    """Return pictures that say nothing to who hears the page, or stand beside neither table nor list."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("main svg")].filter((one) => {
          const silent = one.getAttribute("aria-hidden") === "true";
          const named = one.getAttribute("role") === "img"
            && (one.querySelector("title") || one.getAttribute("aria-label"));
          const place = one.closest("section, article, tr, dl, .legend, #people, main");
          const told = place.matches("tr, dl, .legend") || place.querySelector("table, ol, ul, dl");
          return !(silent || named) || !told;
        }).map((one) => one.outerHTML.slice(0, 160))"""
    )
    return found
