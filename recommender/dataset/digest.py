"""A fingerprint of the data, the same for the same cells in whatever file format."""

from __future__ import annotations

import hashlib
import json

from recommender.dataset.cells import Tables


def digest(tables: Tables) -> str:
    """Return SHA-256 over the policy's values and each table's name, columns and cells in order."""
    total = hashlib.sha256(tables.policy.model_dump_json(exclude={"sources"}).encode())
    for name, table in tables.by_name.items():
        for column, cells in table.columns.items():
            if column in table.given:
                total.update(json.dumps([name, column, len(table), cells.words.tolist()]).encode())
                total.update(cells.codes.astype("<i8").tobytes())
    return total.hexdigest()
