"""An identity provider for tests: key pairs, and a server of their public halves on a thread."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://login.medan.example", "course-recommender"


@dataclass
class Provider:
    """Signs tokens and shows its public keys at `jwks_url`, until `is_down`."""

    rsa_key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    ec_key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    jwks_url: str = ""
    asked: int = 0
    is_down: bool = False

    @property
    def public(self) -> dict[str, Any]:
        shown = RSAAlgorithm.to_jwk(self.rsa_key.public_key(), as_dict=True)
        also = ECAlgorithm.to_jwk(self.ec_key.public_key(), as_dict=True)
        return {"keys": [{**shown, "kid": "r1", "use": "sig"}, {**also, "kid": "e1", "use": "sig"}]}

    def claims(self, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": "somebody", "iat": now, "exp": now + 600}
        return {name: value for name, value in {**usual, **other}.items() if value is not None}

    def token(self, **other: Any) -> str:
        """Return a token; a claim that is None is left out."""
        return jwt.encode(self.claims(**other), self.rsa_key, "RS256", headers={"kid": "r1"})


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider's keys on a port of this machine."""
    one = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            one.asked += 1
            body = json.dumps(one.public).encode()
            self.send_response(503 if one.is_down else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    one.jwks_url = f"http://127.0.0.1:{server.server_port}/keys"
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
