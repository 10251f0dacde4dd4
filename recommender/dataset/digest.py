"""A fingerprint of the data: the same values give the same one, in whatever file format they came."""

from __future__ import annotations

import hashlib
import json

from recommender.dataset.cells import Cells, Tables


def digest(tables: Tables) -> str:
    """Return SHA-256 over the policy's values and each table's name, columns and cells in order."""
    total = hashlib.sha256(tables.policy.model_dump_json(exclude={"sources"}).encode())
    for name, table in tables.by_name.items():
        for column, cells in table.columns.items():
            # A column that nobody filled is as one that is not there; a database knows no difference.
            if column in table.given and (cells.codes >= 0).any():
                total.update(json.dumps([name, column, len(table)]).encode())
                total.update(_bytes(cells))
    return total.hexdigest()


def _bytes(cells: Cells) -> bytes:
    """Return numbers and days by value, since 2 and 2.0 are the same level, and texts by their letters."""
    if cells.values.dtype == object:
        return json.dumps(cells.words.tolist()).encode() + cells.codes.astype("<i8").tobytes()
    if cells.values.dtype.kind == "M":
        return cells.spread().astype("<M8[D]").tobytes()
    return (cells.spread() + 0.0).astype("<f8").tobytes()  # adding 0 makes -0 the 0 that it is
