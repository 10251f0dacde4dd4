"""Who may do what: one table, route operation by role. What is not in it, nobody may do.

JSON routes stand in its first part, pages for people in its second: a page shows nothing that the routes
under it would not tell the same role.

Law behind it: UU 27/2022 art. 5 to 14 (a person's own data, reasons, objection), and the roles of the
design: HR systems tell and ask for everybody, managers see their unit and all below it, the training office
answers for people and decides, data scientists know people by pseudonym alone, an employee sees himself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from recommender.store.askers import ROLES, Asker, Role


class Reach(StrEnum):
    """Whom an operation may be about."""

    NOBODY = "nobody"
    ALL = "all"
    BELOW = "own unit and below"
    SELF = "self"
    PSEUDONYMS = "all, by pseudonym"


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the table: the scope that a narrowed key must have, and whom each role reaches."""

    scope: str
    reaches: dict[Role, Reach]

    def reach(self, asker: Asker) -> Reach:
        """Return whom this asker reaches: what the role may, if the key's scopes include it."""
        if asker.scopes and self.scope not in asker.scopes:
            return Reach.NOBODY
        return self.reaches.get(asker.role, Reach.NOBODY)


# Beside the documentation. `readyz` says no more than yes or no; details, and `metrics`, are for the
# operator's own key (RECOMMENDER_METRICS_KEY): whoever watches the machines need not read of people.
OPEN = frozenset({"livez", "readyz", "metrics"})

_no, ALL, BELOW, SELF, PSEUD = Reach.NOBODY, Reach.ALL, Reach.BELOW, Reach.SELF, Reach.PSEUDONYMS
_COLUMNS: tuple[Role, ...] = ("hr-system", "manager", "training-office", "data-scientist", "employee")
# An HR system passes on what its own users ask, object to and want corrected; what a named human must decide
# is decided by managers (programs) and the training office (the rest).
# fmt: off
_TABLE = (
    # operation                      scope                   hr     manager  office  scientist  employee
    ("list_employees",               "people:read",          (ALL,  BELOW,   ALL,    PSEUD,     _no)),
    ("put_employee",                 "people:write",         (ALL,  _no,     ALL,    _no,       _no)),
    ("get_employee",                 "people:read",          (ALL,  BELOW,   ALL,    _no,       SELF)),
    ("erase_employee",               "people:erase",         (_no,  _no,     ALL,    _no,       _no)),

    ("add_assessments",              "records:write",        (ALL,  _no,     ALL,    _no,       _no)),
    ("add_training_records",         "records:write",        (ALL,  _no,     ALL,    _no,       _no)),
    ("add_performance_reviews",      "records:write",        (ALL,  _no,     ALL,    _no,       _no)),
    ("add_feedback",                 "records:write",        (ALL,  _no,     ALL,    _no,       _no)),

    ("recommend_to_employee",        "recommendations:read", (ALL,  BELOW,   ALL,    PSEUD,     SELF)),
    ("recommend_to_many",            "recommendations:read", (ALL,  BELOW,   ALL,    PSEUD,     _no)),
    ("employee_profile",             "profiles:read",        (ALL,  BELOW,   ALL,    PSEUD,     SELF)),
    ("unit_gaps",                    "units:read",           (ALL,  BELOW,   ALL,    _no,       _no)),

    ("start_job",                    "jobs:write",           (ALL,  BELOW,   ALL,    _no,       _no)),
    ("get_job",                      "jobs:read",            (ALL,  BELOW,   ALL,    _no,       _no)),
    ("job_result",                   "jobs:read",            (ALL,  BELOW,   ALL,    _no,       _no)),
    ("cancel_job",                   "jobs:write",           (ALL,  BELOW,   ALL,    _no,       _no)),

    ("current_model",                "models:read",          (ALL,  ALL,     ALL,    ALL,       ALL)),
    ("current_model_card",           "models:read",          (ALL,  ALL,     ALL,    ALL,       ALL)),

    ("add_decision",                 "decisions:write",      (_no,  BELOW,   ALL,    _no,       _no)),
    ("list_decisions",               "decisions:read",       (_no,  BELOW,   ALL,    _no,       SELF)),

    ("object_to_ranking",            "objections:write",     (ALL,  _no,     ALL,    _no,       SELF)),
    ("withdraw_objection",           "objections:write",     (ALL,  _no,     ALL,    _no,       SELF)),
    ("get_objection",                "objections:read",      (ALL,  BELOW,   ALL,    _no,       SELF)),
    ("decide_objection",             "objections:decide",    (_no,  _no,     ALL,    _no,       _no)),
    ("list_objections",              "objections:read",      (_no,  _no,     ALL,    _no,       _no)),

    ("own_data",                     "own-data:read",        (_no,  _no,     ALL,    _no,       SELF)),
    ("ask_for_correction",           "corrections:write",    (ALL,  _no,     ALL,    _no,       SELF)),
    ("list_corrections",             "corrections:read",     (ALL,  _no,     ALL,    _no,       SELF)),
    ("close_correction",             "corrections:decide",   (_no,  _no,     ALL,    _no,       _no)),

    ("get_ledger_line",              "ledger:read",          (_no,  _no,     ALL,    PSEUD,     SELF)),
    ("employee_ledger",              "ledger:read",          (_no,  _no,     ALL,    PSEUD,     SELF)),
)
_PAGES = (
    # page                           scope   hr    manager  office  scientist  employee
    ("home",                         "page", (_no, BELOW,   ALL,    PSEUD,     SELF)),
    ("team_page",                    "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("person_page",                  "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("changes_page",                 "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("choose_page",                  "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("decide_on_page",               "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("person_plan_page",             "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("person_plan_sheet",            "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("approve_person_plan",          "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("team_plan_page",               "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("team_plan_sheet",              "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("decide_on_many",               "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("approve_team_plan",            "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("approved_plan_page",           "page", (_no, BELOW,   ALL,    _no,       _no)),
    ("approved_plan_sheet",          "page", (_no, BELOW,   ALL,    _no,       _no)),

    ("city_page",                    "page", (_no, _no,     ALL,    _no,       _no)),
    ("programs_page",                "page", (_no, ALL,     ALL,    ALL,       ALL)),
    ("program_page",                 "page", (_no, ALL,     ALL,    ALL,       ALL)),
    ("cases_page",                   "page", (_no, _no,     ALL,    _no,       _no)),
    ("decide_objection_on_page",     "page", (_no, _no,     ALL,    _no,       _no)),
    ("close_correction_on_page",     "page", (_no, _no,     ALL,    _no,       _no)),

    ("me_page",                      "page", (_no, SELF,    SELF,   _no,       SELF)),
    ("object_on_page",               "page", (_no, SELF,    SELF,   _no,       SELF)),
    ("withdraw_on_page",             "page", (_no, SELF,    SELF,   _no,       SELF)),
    ("ask_for_correction_on_page",   "page", (_no, SELF,    SELF,   _no,       SELF)),
    ("my_data",                      "page", (_no, SELF,    SELF,   _no,       SELF)),

    ("model_page",                   "page", (_no, _no,     ALL,    PSEUD,     _no)),
    ("ledger_page",                  "page", (_no, _no,     ALL,    PSEUD,     _no)),
)
# Pages before anybody is signed in, and the way out.
OPEN_PAGES = frozenset(
    {
        *("asset", "sign_in_page", "sign_in", "sign_out", "sign_in_at_provider", "back_from_provider"),
        *("invitation_page", "accept_invitation", "choose_language"),
    }
)
# fmt: on


def _rules(rows: tuple[tuple[str, str, tuple[Reach, ...]], ...]) -> dict[str, Rule]:
    return {name: Rule(scope, dict(zip(_COLUMNS, reaches, strict=True))) for name, scope, reaches in rows}


RULES, PAGE_RULES = _rules(_TABLE), _rules(_PAGES)
SCOPES = tuple(sorted({rule.scope for rule in RULES.values()}))
_NOBODY = Rule("", dict.fromkeys(ROLES, Reach.NOBODY))


def rule_of(operation: str) -> Rule:
    """Return the rule of an operation; of one that is not in the table, the rule that admits nobody."""
    return RULES.get(operation) or PAGE_RULES.get(operation, _NOBODY)
