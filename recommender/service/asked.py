"""What is asked for, and what goes out."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.domain import Horizon
from recommender.explain import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """How a list is wanted: at most so many programs, in a language, for the position held or the next."""

    limit: int = 5
    language: Language = "id"
    horizon: Horizon = "current"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out.

    Attributes
    ----------
    body : JSON, byte for byte.
    etag : the digest of what it says, without quotes.
    ledger_id : of the line that tells of it; "" where none is written.
    model : digest of the bundle that answered.
    """

    body: bytes
    etag: str
    ledger_id: str
    model: str
