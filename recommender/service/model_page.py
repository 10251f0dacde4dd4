"""The model in use, the bundles beside it, and a search in the ledger: for those who look after the model.

People stand in all of it by pseudonym. Nothing is unpickled here: what is told of a bundle is its manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Problem = Literal["", "unreadable", "foreign"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of a bundle's backtest, with its 95 % interval where there is one; None where not known."""

    name: str
    value: float | None
    lower: float | None
    upper: float | None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The model that answers, as training noted it down.

    Attributes
    ----------
    bundle : name of its folder. created : ISO time.
    data : (fact, value) of the data it was fitted to: name, date, employees ...
    recipe, versions : (name, value).
    metrics : all main figures, those of `LEADING` first.
    card : Markdown; "" where the bundle has none.
    fault : why a newer bundle was left aside; "" where none was.
    """

    bundle: str
    digest: str
    ranker: str
    created: str
    python: str
    commit: str
    cut: str
    data: tuple[tuple[str, str], ...]
    recipe: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    metrics: tuple[Metric, ...]
    card: str
    fault: str


@dataclass(frozen=True, slots=True)
class BundleRow:
    """One bundle of the models folder.

    Attributes
    ----------
    problem : "" for one of ours; "unreadable": its manifest cannot be read, or is of another version;
        "foreign": it was not signed with the key beside it. Nothing else is told of those.
    is_current : whether it is the one that answers.
    is_comparable : whether it was judged on the very cases of the one that answers.
    metrics : one for each of `Leaderboard.columns`.
    """

    bundle: str
    problem: Problem
    is_current: bool
    is_comparable: bool
    digest: str
    ranker: str
    created: str
    data: str
    cut: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """The bundles side by side: those that compare with the one that answers first, the best first.

    Attributes
    ----------
    columns : names of the figures shown; the first is what the order goes by.
    """

    columns: tuple[str, ...]
    rows: tuple[BundleRow, ...]


@dataclass(frozen=True, slots=True)
class LinesWanted:
    """Which lines of the ledger are looked for; "" = all. Texts are stripped, case does not count.

    Attributes
    ----------
    pseudonym : 32 hexadecimal digits. ledger_id : as the header Ledger-Id gives it.
    event : "answer", "profile", "decision" ...
    day : ISO day (UTC) on which the line was written.
    before : only lines before this number; 0 = from the newest on.
    """

    pseudonym: str = ""
    ledger_id: str = ""
    event: str = ""
    day: str = ""
    before: int = 0
    size: int = 50


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the ledger.

    Attributes
    ----------
    detail : (name, value) of what the line tells besides; values are plain texts or JSON.
    """

    sequence: int
    ledger_id: str
    written_at: str
    event: str
    asker: str
    role: str
    pseudonym: str
    model: str
    policy: str
    city: str
    inputs: str
    result: str
    detail: tuple[tuple[str, str], ...]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines found, the newest first.

    Attributes
    ----------
    wanted : the search as it was understood.
    older : `before` of the next page; None where there is none.
    """

    wanted: LinesWanted
    lines: tuple[LineRow, ...]
    older: int | None
