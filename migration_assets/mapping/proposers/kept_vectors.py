"""Vectors of labels and options are made once a home: reading the encoder takes a second and a half.

It belongs here: keeping what an encoder said of a text. It does not: what likeness is worth (meaning.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from resources.warehouse import Table

if TYPE_CHECKING:
    from resources.warehouse import Warehouse

Encode = Callable[[Sequence[str]], Any]

VECTORS = Table(
    "mapping.vectors",
    {
        "model": ("VARCHAR", "name and version of the encoder"),
        "text": ("VARCHAR", "a label or an option, as the encoder was given it"),
        "vector": ("BLOB", "32-bit floats, little-endian"),
    },
)
_KIND = "<f4"
_OF_MODEL = f"SELECT text, vector FROM {VECTORS.name} WHERE model = ?"  # noqa: S608


def kept_vectors(warehouse: Warehouse, model: str, encode: Encode) -> Encode:
    """The same encoder, which is only asked for texts that this warehouse holds no vector of."""
    made: dict[str, Any] = {}

    def vectors(texts: Sequence[str]) -> Any:
        if not made and warehouse.exists(VECTORS):
            made.update(
                {row["text"]: np.frombuffer(row["vector"], _KIND) for row in warehouse.rows(_OF_MODEL, [model])}
            )
        if new := [text for text in dict.fromkeys(texts) if text not in made]:
            found = np.asarray(encode(new), _KIND)
            made.update(zip(new, found, strict=True))
            rows = [(model, text, vector.tobytes()) for text, vector in zip(new, found, strict=True)]
            warehouse.append(VECTORS, pd.DataFrame(rows, columns=list(VECTORS.columns)))
        return np.stack([made[text] for text in texts])

    return vectors
