"""Where a person's id or name stands in a text: to find it, and to put something else there."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

_SHORT_NUMBER = 6  # digits: fewer may be any number
_FIELDS = "employee_id|assessor_id|manager_id|employee"
# A word begins after what is no letter or digit, or after an escaped line feed or the like in JSON.
_BEGINS = r"(?:(?<!\w)|(?<=\\[nrtbf]))"


@dataclass(frozen=True, slots=True)
class Traces:
    """The id and the name of one person.

    An id that is a short number, such as 17, is looked for only where JSON names a person; a name of one word
    only in its own spelling, capitals included.
    """

    employee_id: str
    name: str = ""

    def stand_in(self, text: str) -> bool:
        """Return whether a text names the person."""
        return any(pattern.search(text) for pattern in self._patterns())

    def stand_in_bytes(self, body: bytes) -> bool:
        """Return whether a body, text in UTF-8 such as JSON, names the person."""
        return self.stand_in(body.decode("utf-8", "replace"))

    def replaced(self, text: str, token: str) -> str:
        """Return a text with a token in place of the person's id and name."""
        for pattern in self._patterns():
            text = pattern.sub(lambda found: found.group().replace(found.group("who"), token), text)
        return text

    def words(self) -> list[str]:
        """Return words of which each text that names the person holds at least one, small letters or not."""
        longest = max(self.name.split(), key=len, default="")
        return [word for word in (self.employee_id, longest) if word]

    def _patterns(self) -> list[re.Pattern[str]]:
        patterns = [re.compile(rf'"(?:{_FIELDS})"\s*:\s*"(?P<who>{_either(self.employee_id)})"')]
        if not (self.employee_id.isdigit() and len(self.employee_id) < _SHORT_NUMBER):
            patterns.append(re.compile(rf"{_BEGINS}(?P<who>{_either(self.employee_id)})(?!\w)"))
        parts = self.name.split()
        if parts:
            flags = re.IGNORECASE if len(parts) > 1 else 0
            spelt = r"\s+".join(_either(part) for part in parts)
            patterns.append(re.compile(rf"{_BEGINS}(?P<who>{spelt})(?!\w)", flags))
        return patterns


def _either(text: str) -> str:
    """Return a pattern of a text as it is, and as JSON in ASCII writes it."""
    return rf"(?:{re.escape(text)}|{re.escape(json.dumps(text)[1:-1])})"
