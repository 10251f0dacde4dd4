"""Arrow's columns of text, without pandas, which pyarrow's `to_numpy` and `fill_null` would load."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from recommender.sources.distinct import Texts


def texts_of(column: pa.ChunkedArray) -> Texts:
    """Return the texts of a column of strings, "" where there is none."""
    codes: list[np.ndarray] = [np.empty(0, dtype=np.int64)]
    words: list[str] = []
    for chunk in column.iterchunks():
        coded = chunk.dictionary_encode(null_encoding="encode")
        places = np.frombuffer(coded.indices.buffers()[1], dtype=np.int32, count=len(coded))
        codes.append(len(words) + places.astype(np.int64))
        words += [word or "" for word in coded.dictionary.to_pylist()]
    return Texts.of(words).at(np.concatenate(codes))
