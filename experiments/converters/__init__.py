"""Public data sets turned into the contract's tables, one file per set.

To add one: write `convert(source, folder)` in a file of its own and name it in `CONVERTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from experiments.converters import canvas_network, insteval, kgan_mooccube, oulad, ukgdad_coursera
from experiments.converters.tables import Converted

Converter = Callable[[Path, Path], Converted]

CONVERTERS: Mapping[str, Converter] = {
    "canvas_network": canvas_network.convert,
    "insteval": insteval.convert,
    "kgan_mooccube": kgan_mooccube.convert,
    "oulad": oulad.convert,
    "ukgdad_coursera": ukgdad_coursera.convert,
}

__all__ = ["CONVERTERS", "Converted", "Converter"]
