"""A simulated city that a service can answer from: imported into SQLite, with a bundle trained on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from experiments.benchmarks.serving import ran
from experiments.recipe import FOLDER, load_recipe
from experiments.show import Say
from recommender.bundle import save_bundle
from recommender.dataset import Dataset
from recommender.engine import fit_engine
from recommender.simulation import simulate_city, write_city

# People per cut that teach the trees: a quarter of the recipe's, which changes no answer's cost.
TAUGHT = 2_000


@dataclass(frozen=True, slots=True)
class ServedCity:
    """A simulated city with a bundle, imported into SQLite; what it needs lies in the folder `work`."""

    work: Path
    bundle: Path
    dataset: Dataset

    @property
    def database(self) -> str:
        """The URL of its database."""
        return f"sqlite:///{self.work / 'city.db'}"


@dataclass(frozen=True, slots=True)
class Size:
    """How large a city is simulated, and by which seed."""

    employees: int
    programs: int
    seed: int

    @property
    def command(self) -> str:
        """The command that makes the same city."""
        return (
            f"recommender simulate DIR --employees {self.employees} --programs {self.programs} "
            f"--seed {self.seed}"
        )


def served_city(work: Path, size: Size, say: Say) -> ServedCity:
    """Return a city of this size with the model `value`."""
    say(f"  simulating {size.employees:,} people and {size.programs:,} programs ...")
    write_city(simulate_city(size.employees, size.programs, size.seed), work / "city", truth=False)
    say("  training ...")
    dataset = Dataset.load(work / "city")
    recipe = load_recipe(FOLDER / "value.toml").with_values({"most_people": TAUGHT})
    bundle = save_bundle(fit_engine(dataset, recipe.name, recipe.new_ranker()), work / "models", {})
    say("  importing ...")
    city = ServedCity(work, bundle, dataset)
    ran(["import", str(work / "city"), "--to", city.database])
    return city
