"""An identity provider for tests: key pairs, a server of their public halves, and pages where people sign in.

It keeps to OpenID Connect as far as a client can tell: a code works once, for one client, for the address it
was sent to, and only together with the verifier of its challenge (RFC 7636).
"""

from __future__ import annotations

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://login.medan.example", "course-recommender"
CLIENT, SECRET = "pages of/the city", "a secret: 100 %"


@dataclass
class Provider:
    """Signs tokens and shows its public keys at `jwks_url`, until `is_down`.

    Attributes
    ----------
    person : claims of whoever signs in there.
    spoilt : claims that a token for a code has instead of those it should have.
    codes : what was asked for with each code that is still good.
    """

    rsa_key: Any = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    ec_key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    url: str = ""
    asked: int = 0
    is_down: bool = False
    person: dict[str, Any] = field(default_factory=dict)
    spoilt: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def jwks_url(self) -> str:
        return f"{self.url}/keys"

    @property
    def settings(self) -> dict[str, str]:
        """What a service is told so that people sign in here, by the names of its fields."""
        return {
            "oidc_issuer": ISSUER,
            "oidc_audience": AUDIENCE,
            "oidc_jwks_url": self.jwks_url,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_authorize_url": f"{self.url}/authorize",
            "oidc_token_url": f"{self.url}/token",
        }

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

    def let_in(self, query: str) -> str:
        """Return where somebody is sent who has signed in, asked by the query of `/authorize`."""
        asked = dict(parse_qsl(query))
        wanted = {"response_type": "code", "client_id": CLIENT, "code_challenge_method": "S256"}
        assert wanted.items() <= asked.items(), asked
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe()
        self.codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def exchanged(self, fields: dict[str, str], authorization: str) -> dict[str, str] | None:
        """Return what `/token` gives for a code; None where it gives nothing."""
        asked = self.codes.pop(fields.get("code", ""), None)
        kind, _, pair = authorization.partition(" ")
        login, _, secret = base64.b64decode(pair).decode().partition(":")
        challenge = base64.urlsafe_b64encode(sha256(fields.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or (kind, unquote(login), unquote(secret)) != ("Basic", CLIENT, SECRET)
            or fields.get("grant_type") != "authorization_code"
            or fields.get("client_id") != CLIENT
            or fields.get("redirect_uri") != asked["redirect_uri"]
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
        ):
            return None
        claims = {"aud": CLIENT, "nonce": asked["nonce"], **self.person, **self.spoilt}
        return {"id_token": self.token(**claims), "token_type": "Bearer", "access_token": "nothing"}


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve a provider's keys on a port of this machine."""
    one = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if path == "/authorize":
                self.answer(200, _page(f"/let-in?{query}").encode(), "text/html")
            elif path == "/let-in":
                self.answer(303, b"", "text/plain", Location=one.let_in(query))
            else:
                one.asked += 1
                self.answer(200, json.dumps(one.public).encode())

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(sent).items()}
            told = one.exchanged(fields, self.headers.get("Authorization", ""))
            error = {"error": "invalid_grant"}
            self.answer(400 if told is None else 200, json.dumps(told or error).encode())

        def answer(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
            self.send_response(503 if one.is_down else status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    one.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _page(address: str) -> str:
    """Return the provider's page, on which somebody goes on by a link."""
    return (
        '<!doctype html><html lang="en"><title>City account</title><link rel="icon" href="data:,">'
        f'<h1>City account</h1><a href="{escape(address)}">Go on</a></html>'
    )
