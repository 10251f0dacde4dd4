"""Which pages each role may open: those that are looked at one by one."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.site import SMALL_MEMBER

_PERSON = f"/people/{SMALL_MEMBER}"
# {approved} is a plan that was approved, {invitation} an invitation that is open.
PAGES: dict[str, tuple[str, ...]] = {
    "": ("/sign-in", "/sign-in?ended=1", "/invitation/{invitation}", "/invitation/nothing"),
    "head": (
        "/team",
        "/team?search=nobody-is-called-that",
        _PERSON,
        f"{_PERSON}?horizon=next&missing=P001",
        "/people/E00075",  # for whom nothing is suggested
        f"{_PERSON}/changes",
        f"{_PERSON}/choose?missing=program",
        f"{_PERSON}/plan?missing=sure",
        "/team/plan",
        "/plans/{approved}?done=approved",
        "/people/NOBODY",
    ),
    "office": ("/city", "/team?unit=U010", "/programs", "/programs/P044", "/cases", "/cases?show=closed"),
    "scientist": ("/model", "/model/ledger?event=plan", "/model/ledger?pseudonym=nonsense"),
    "employee": ("/me?missing=wanted", "/city"),
}


@dataclass(frozen=True)
class Place:
    """A page as a role sees it."""

    who: str
    path: str

    def __str__(self) -> str:
        return f"{self.who or 'visitor'} {self.path}"


PLACES = tuple(Place(who, path) for who, paths in PAGES.items() for path in paths)
