"""Bearer tokens of an identity provider: what is let in, and all that is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from api.tokens import Issuer, IssuerUnreachable, TokenRefused, Tokens
from tests.api.identity import AUDIENCE, ISSUER, Provider, provider


@pytest.fixture(scope="module")
def signer() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture
def tokens(signer: Provider) -> Tokens:
    return Tokens(Issuer(ISSUER, AUDIENCE, signer.jwks_url))


def test_a_token_says_who_its_bearer_is(signer: Provider, tokens: Tokens) -> None:
    asker = tokens.asker_of(signer.token(role="employee", employee_id="E1", sub="ani@medan.example"))
    assert (asker.role, asker.employee_id, asker.unit_id, asker.scopes) == ("employee", "E1", "", frozenset())
    assert "ani" not in asker.id
    again = tokens.asker_of(
        signer.token(role="employee", employee_id="E1", sub="ani@medan.example", exp=2**33)
    )
    assert again.id == asker.id
    other = tokens.asker_of(signer.token(role="employee", employee_id="E1", sub="budi@medan.example"))
    assert other.id != asker.id


def test_claims_may_have_other_names(signer: Provider) -> None:
    issuer = Issuer(ISSUER, AUDIENCE, signer.jwks_url, "peran", "nip", "unor")
    asker = Tokens(issuer).asker_of(
        signer.token(peran="manager", nip="E7", unor="U1", role="training-office")
    )
    assert (asker.role, asker.employee_id, asker.unit_id) == ("manager", "E7", "U1")


def test_one_role_of_a_list_counts_and_roles_of_others_do_not(signer: Provider, tokens: Tokens) -> None:
    assert tokens.asker_of(signer.token(role=["offline", "data-scientist"])).role == "data-scientist"


def test_elliptic_curves_are_taken(signer: Provider, tokens: Tokens) -> None:
    claims = signer.claims(role="data-scientist")
    token = jwt.encode(claims, signer.ec_key, "ES256", headers={"kid": "e1"})
    assert tokens.asker_of(token).role == "data-scientist"


@pytest.mark.parametrize(
    "other",
    [
        {"iss": "https://login.elsewhere.example"},
        {"iss": None},
        {"aud": "another-service"},
        {"aud": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"role": None},
        {"role": "admin"},
        {"role": ["hr-system", "manager"]},
        {"role": {"hr-system": True}},
        {"role": "employee"},
        {"role": "manager"},
        {"role": "employee", "employee_id": 7},
    ],
)
def test_claims_that_do_not_let_in(signer: Provider, tokens: Tokens, other: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        tokens.asker_of(signer.token(**{"role": "hr-system", **other}))


def unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    parts = (
        base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode() for one in (header, claims)
    )
    return ".".join([*parts, ""])


def test_signatures_that_are_none(signer: Provider, tokens: Tokens) -> None:
    claims = signer.claims(role="hr-system")
    good = signer.token(role="hr-system")
    public = signer.rsa_key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    stranger = rsa.generate_private_key(65537, 2048)
    head, _, signature = good.split(".")
    forged = {
        "none": unsigned(claims, {"alg": "none", "kid": "r1"}),
        "None": unsigned(claims, {"alg": "None", "kid": "r1"}),
        "no algorithm": unsigned(claims, {"kid": "r1"}),
        "HS256 with the public key": hs256(claims, public),
        "another key": jwt.encode(claims, stranger, "RS256", headers={"kid": "r1"}),
        "a key that is not shown": jwt.encode(claims, stranger, "RS256", headers={"kid": "r9"}),
        "no key named": jwt.encode(claims, signer.rsa_key, "RS256"),
        "the other kind of key": jwt.encode(claims, signer.rsa_key, "RS256", headers={"kid": "e1"}),
        "RS512": jwt.encode(claims, signer.rsa_key, "RS512", headers={"kid": "r1"}),
        "other claims": f"{head}.{unsigned(claims | {'exp': 2**33}, {}).split('.')[1]}.{signature}",
        "cut off": good[:-10],
        "garbage": "garbage",
        "empty": "",
        "three dots": "...",
        "half a character": "\ud800.a.b",
        "too long": good + "A" * 10_000,
    }
    assert tokens.asker_of(good).role == "hr-system"
    for name, token in forged.items():
        with pytest.raises(TokenRefused):
            tokens.asker_of(token)
            pytest.fail(name)


def hs256(claims: dict[str, Any], secret: bytes) -> str:
    """Return a token signed with the public key as if it were a secret; the library would refuse to."""
    signing = unsigned(claims, {"alg": "HS256", "kid": "r1"}).rstrip(".")
    mac = hmac.new(secret, signing.encode(), hashlib.sha256).digest()
    return signing + "." + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def test_keys_are_fetched_once_for_many_tokens(signer: Provider, tokens: Tokens) -> None:
    before = signer.asked
    for _ in range(5):
        tokens.asker_of(signer.token(role="hr-system"))
    assert signer.asked == before + 1


def test_tokens_that_cannot_do_never_reach_the_provider(signer: Provider, tokens: Tokens) -> None:
    before = signer.asked
    with pytest.raises(TokenRefused):
        tokens.asker_of(unsigned(signer.claims(role="hr-system"), {"alg": "none"}))
    assert signer.asked == before


def test_a_provider_that_fails_is_not_asked_again_at_once() -> None:
    with provider() as one:
        one.is_down = True
        tokens = Tokens(Issuer(ISSUER, AUDIENCE, one.jwks_url))
        for _ in range(3):
            with pytest.raises(IssuerUnreachable):
                tokens.asker_of(one.token(role="hr-system"))
        assert one.asked == 1


def test_no_algorithm_with_a_shared_secret_can_be_set() -> None:
    with pytest.raises(ValueError, match="RS256 or ES256"):
        Tokens(Issuer(ISSUER, AUDIENCE, "https://x.example", algorithms=("HS256",)))
