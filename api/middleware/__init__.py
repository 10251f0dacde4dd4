"""What holds for every request, in this order: watched, held to its rate, held to the size of its body.

All are plain ASGI: they see requests that no route takes, and chunks as they come.
"""

from __future__ import annotations

from api.middleware.bounded import Bounded
from api.middleware.rated import Rated
from api.middleware.watched import Watched

__all__ = ["Bounded", "Rated", "Watched"]
