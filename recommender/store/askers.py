"""Who asks: roles, and what a key or a token says of its holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["hr-system", "manager", "training-office", "data-scientist", "employee"]
ROLES: tuple[Role, ...] = ("hr-system", "manager", "training-office", "data-scientist", "employee")


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who was let in.

    Attributes
    ----------
    id : the key's id, or a digest of issuer and subject of a token: what the ledger keeps.
    scopes : what the key is narrowed to; empty = all that the role may.
    employee_id : who it is among the employees; "" for a machine.
    unit_id : the unit a manager answers for, with all below it; "" otherwise.
    """

    id: str
    role: Role
    scopes: frozenset[str] = frozenset()
    employee_id: str = ""
    unit_id: str = ""
