"""What pages load: styles, script and icon, each served by us under a name that holds a hash of its content.

A file under such a name never changes, so that browsers keep it for a year and ask for it once.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

PATH = "/assets/"
_FOLDER = Path(__file__).parent / "assets"
# As templates name them -> the file, and its type.
_FILES = {
    "app.css": ("app.css", "text/css; charset=utf-8"),
    "app.js": ("app.js", "text/javascript; charset=utf-8"),
    "htmx.js": ("vendor/htmx-4.0.1/htmx.min.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
_HASH_DIGITS = 12
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served, plain and compressed."""

    name: str
    kind: str
    plain: bytes
    packed: bytes


def asset_path(name: str) -> str:
    """Return where a file is served, by the name that templates give it, such as "app.css"."""
    return PATH + _names()[name]


@router.get(PATH + "{name}")
def asset(name: str, request: Request) -> Response:
    """Return a file; names of earlier releases are not found any more."""
    found = _served().get(name)
    if found is None:
        raise HTTPException(404)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return Response(found.packed, headers={**_HEADERS, "Content-Encoding": "gzip"}, media_type=found.kind)
    return Response(found.plain, headers=_HEADERS, media_type=found.kind)


@cache
def _served() -> dict[str, Asset]:
    made = [_made(name, file, kind) for name, (file, kind) in _FILES.items()]
    return {one.name: one for one in made}


@cache
def _names() -> dict[str, str]:
    return dict(zip(_FILES, _served(), strict=True))


def _made(name: str, file: str, kind: str) -> Asset:
    content = (_FOLDER / file).read_bytes()
    stem, _, suffix = name.rpartition(".")
    # A library's folder carries its version, which the served name tells too.
    version = next((part.partition("-")[2] for part in Path(file).parts[:-1] if "-" in part), "")
    parts = [stem, *([version] if version else []), sha256(content).hexdigest()[:_HASH_DIGITS]]
    return Asset("-".join(parts) + "." + suffix, kind, content, gzip.compress(content, 9, mtime=0))
