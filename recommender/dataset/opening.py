"""A folder or a database by its address, and the policy that comes with it."""

from __future__ import annotations

from pathlib import Path

from recommender.policy import Policy, load_policy, policy_of
from recommender.sources import Source, open_source
from recommender.store.database import is_address
from recommender.store.reading import source_of


def open_data(data: str | Path) -> Source:
    """Return all tables of a folder, or of a database such as `sqlite:///city.db`, as text.

    Raises
    ------
    DataError
        It is neither.
    StoreError
        The database cannot be read.
    """
    return source_of(str(data)) if is_address(data) else open_source(data)


def policy_for(source: Source) -> Policy:
    """Return the default policy, overridden by the `policy.toml` of the folder or of the last import.

    Raises
    ------
    PolicyError
        It cannot be followed.
    """
    return policy_of(source.policy) if source.folder is None else load_policy(source.folder)
