"""Raw tables: what stands in the files, as text, with the place of every cell."""

from recommender.sources.folder import open_source
from recommender.sources.memory import source_from_rows
from recommender.sources.raw import RawTable, Source

__all__ = ["RawTable", "Source", "open_source", "source_from_rows"]
