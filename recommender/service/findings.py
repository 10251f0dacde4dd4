"""What was found of programs in the data that the model in use was fitted to.

A bundle knows what share of its promise each program keeps, but not how much of that is borrowed from
programs like it. So the effects are measured once for each model, in the background, from the people in its
bundle (who are then let go), and what `explain/findings.py` says of each is kept.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from recommender.bundle import load_bundle
from recommender.effects import Caution, ProgramEffects, measure_effects
from recommender.effects.programs import MOSTLY
from recommender.explain import Verdict, verdicts
from recommender.service.background import Background, Progress
from recommender.service.models import ServedModel

PATIENCE = 2.0  # seconds that whoever asks first waits for effects that are being measured
_AGAIN = 300.0  # seconds after which what failed is tried again


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one program in one competency; see `ProgramEffects`."""

    effect: float
    lower: float
    upper: float
    judged: int
    borrowed: float
    verdict: Verdict
    cautions: tuple[Caution, ...]

    @property
    def is_own(self) -> bool:
        """Whether it is mainly the program's own, not borrowed."""
        return self.borrowed <= MOSTLY


Findings = Mapping[tuple[str, str], Finding]  # by program_id and competency_id


class Measured:
    """The findings of the model in use, measured when somebody first asks."""

    def __init__(self, models: ServedModel) -> None:
        self._models = models
        self._background: Background[tuple[str, Findings]] = Background("findings", self._make)
        self._tried = ""

    def now(self) -> Findings | None:
        """Return the findings of the model in use; None while they are measured, and where they cannot be."""
        digest, background = self._models.current.digest, self._background
        age = time.monotonic() - background.finished_at
        if self._tried != digest or (background.failed and age >= _AGAIN):
            self._tried = digest
            background.start(PATIENCE)
        latest = background.latest
        return latest[1] if latest is not None and latest[0] == digest else None

    @property
    def background(self) -> Background[tuple[str, Findings]]:
        """What measures them."""
        return self._background

    def close(self) -> None:
        """Measure nothing any more."""
        self._background.close()

    def _make(self, progress: Progress) -> tuple[str, Findings]:
        model = self._models.current
        engine = load_bundle(model.folder)
        progress.told(0, 1)
        return model.digest, _found(measure_effects(engine.dataset, engine.estimator))


def _found(effects: ProgramEffects) -> Findings:
    verdict_of = {
        place: verdict
        for verdict, places in verdicts(effects, np.arange(len(effects))).items()
        for place in places.tolist()
    }
    programs, competencies = effects.dataset.programs.ids, effects.dataset.competencies.ids
    return {
        (programs[effects.program[k]], competencies[effects.competency[k]]): Finding(
            float(effects.effect[k]),
            float(effects.lower[k]),
            float(effects.upper[k]),
            int(effects.judged[k]),
            float(effects.borrowed[k]),
            verdict_of[k],
            effects.warnings[k],
        )
        for k in range(len(effects))
    }
