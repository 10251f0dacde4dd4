"""A synthetic city with a known truth, as tables of the data contract.

`simulate_city(employees, programs, seed)` makes a city from public facts (offices, positions, course
subjects; the TOML files here) and random numbers. Everybody in it is invented. The same arguments give the
same bytes: PCG64 streams, one per stage; "today" is 2025-12-31; histories run from 2020 to 2025 in 24
quarters.

The tables are what an HR system would hold. `--truth` adds what no HR system can know, so that an estimate
can be judged against it.

Levels
------

For person e and competency c, with `req` the level the position asks for, ability `z_e ~ N(0, 1)`:

    base(e, c) = req - 0.5 + 0.25 g_c + 0.45 z_e + 0.5 n_ec        where c is required
               = 0.3 + 0.15 z_e + 0.4 |n_ec|                       elsewhere
    level at the start = base - 0.8 exp(-years of service / 2.5)    where required: newcomers still grow
    each quarter: level += k (base - level) + 0.05 n,  k = 0.02 required (used), 0.05 elsewhere

`n` and `g` are standard normal. Levels stay in 0-5. What training added fades towards the base, slower
where the job uses it. Newcomers rise without any training, so a plain before/after comparison flatters
every program.

Effects
-------

    effect(p, c) = min(1.2, quality_p (target - entry) U(0.8, 1.2))
    quality_p    = 0 for a quarter of the programs, else evenly spaced from 0.08 to 0.8, in random order
    readiness(level) = exp(-((entry - level) / 0.9)² / 2)                       below the entry level
                     = max(0.1, 1 - 0.9 (level - entry) / max(target - entry, 0.5))   from the entry level up
    lift = effect × readiness × luck,  luck ~ U(0.5, 1.5);  failed: 0.3 of it;  dropped or sham: nothing

`truth/effects.csv` holds `effect`, the mean lift of a participant at the entry level, for every taught pair
(0 included). Marketing, charm, drill and leaning of a program are drawn apart from its quality.

Gains
-----

    gain(e, p) = Σ_c weight (max(0, req - level) - max(0, req - min(5, level + effect × readiness)))

at the levels of `truth/levels.csv` and for the position held. `truth/gains.csv` has the pairs of active
people and active programs with gain above 0 after rounding to four places; an absent pair gains 0.
Eligibility, prerequisites and what was attended before are not considered: a gain may belong to a program
the person may not attend.

Who is sent
-----------

Courses a quarter ~ Poisson(0.5 exp(0.22 ability + 0.18 liking + 0.3 own habit + tier)), fewer for PPPK.
Which ones: the largest of pull + Gumbel noise, among those eligibility and prerequisites admit, with

| part of the pull | weight |
|---|---|
| share of the outcomes that the position asks for near the target level | 3.2 |
| marketing, N(0, 1) per program | 0.9 |
| habit of the unit with the provider, N(0, 1) | 0.5 |
| weighted shortfall in what is taught × insight of the manager, U(0, 1.5) | 0.45 |
| wave: the unit goes together this quarter (chance 2.5 %) | 2.5 |
| curriculum: a predecessor was completed (fades × 0.72 a quarter); next level: a quarter of it | 3.4 |
| mandate not fulfilled | 1.8 |
| ability × leaning, N(0.45, 0.6) per program | 1 |
| length, per JP | -0.0045 |
| longer than the PPPK ceiling of JP a year, for PPPK | -1.5 |
| completed before, no repetition due | -4 |

Newcomers take Latsar (PNS) or Orientasi (PPPK) in their first quarters. So the able and the liked are sent
more, some programs get the weak, and popularity says nearly nothing about effect.

What is seen
------------

| source | level seen = true level + | noise sd | rounded to |
|---|---|---|---|
| assessment centre (general competencies) | 0 | 0.35 | 0.5 |
| test (technical only) | 0 | 0.4 | 0.5 |
| supervisor | 0.3 + 0.3 liking - 0.35 severity of the assessor | 0.5 | 0.5 |
| peer (general only) | 0.15 | 0.6 | 1 |
| self | 0.45 + 0.25 max(0, 2.5 - level) | 0.8 | 1 |

About seven in ten people are ever assessed. Pre- and post-tests follow the level in what is taught; the
post-test also rises by `drill` (0-20 points), which is not learning. Reactions follow charm, hardly effect;
supervisors' behaviour ratings follow what was learnt and some liking. Reviews are relative inside office
and year: ability, fit, liking, noise; scores until 2021, ratings and predicates since. One to two in a
hundred completions are sham (all hours on one day, no effect) and one in two hundred records stands twice.

What the city leaves out
------------------------

Positions, units and grades do not change over the six years. Older PNS have no Latsar record, for it lies
before 2020; so no mandate names Latsar (a mandate cannot bind by length of service). Competencies do not
support one another, and a program changes only what it promises. Costs, hours and technical levels are
plausible, not official.
"""

from recommender.simulation.city import LEAST_EMPLOYEES, LEAST_PROGRAMS, STAGES, City, simulate_city
from recommender.simulation.write import check_folder, write_city

__all__ = [
    "LEAST_EMPLOYEES",
    "LEAST_PROGRAMS",
    "STAGES",
    "City",
    "check_folder",
    "simulate_city",
    "write_city",
]
