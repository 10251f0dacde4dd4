"""The model for who looks after it: the bundle in use, those beside it, and a search in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import OfficeDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.markdown import html_of
from api.pages.rendering import render
from api.pages.words import catalogue, word
from api.schemas.values import Id
from recommender.errors import DataError
from recommender.service.ledger_page import LinePage, LinesWanted

router = page_router()


class LedgerOptions(BaseModel):
    """Which lines somebody looks for; an empty field asks for nothing."""

    pseudonym: Id = ""
    ledger_id: Id = ""
    event: Id = ""
    day: Id = ""
    before: int = Field(0, ge=0, le=2**63 - 1)

    def wanted(self) -> LinesWanted:
        """Return it as the service takes it."""
        return LinesWanted(self.pseudonym, self.ledger_id, self.event, self.day, self.before)


@router.get("/model")
def model_page(request: Request, office: OfficeDep) -> Response:
    """Show the model that answers, the bundles beside it, and its card."""
    facts, language = office.model_facts(), language_of(request)
    card = html_of(facts.card, lambda number: word("model.card_table", language, number=number))
    return render(request, "model.html", facts=facts, board=office.leaderboard(), card=card)


@router.get("/model/ledger")
def ledger_page(request: Request, office: OfficeDep, options: Annotated[LedgerOptions, Query()]) -> Response:
    """Show lines of the ledger; what cannot be looked for is said beside its field."""
    found: LinePage | None = None
    wrong: Mapping[str, str] = {}
    try:
        found = office.ledger_lines(options.wanted())
    except DataError as error:
        language = language_of(request)
        wrong = {str(fault.column): word(f"ledger.wrong_{fault.column}", language) for fault in error.faults}
    events = [key.partition(".")[2] for key in catalogue() if key.startswith("events.")]
    status = 422 if wrong else 200
    return render(request, "ledger.html", status, found=found, wrong=wrong, options=options, events=events)
