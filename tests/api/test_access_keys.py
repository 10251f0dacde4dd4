"""Keys that ended, and tokens of an identity provider, at the door of a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient
from sqlalchemy import update

from recommender.store.keys import Grant, create_key, revoke_key
from recommender.store.tables import api_keys
from tests.api import scene
from tests.api.identity import AUDIENCE, ISSUER, Provider, provider
from tests.api.scene import COLLEAGUE, SELF, STRANGER


@pytest.fixture(scope="module")
def signer() -> Iterator[Provider]:
    with provider() as one:
        yield one


@pytest.fixture(scope="module")
def town(signer: Provider, current: Path, own_city: Callable[[], str]) -> Iterator[TestClient]:
    oidc = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks_url": signer.jwks_url}
    with scene.service(own_city(), current, **oidc) as client:
        yield client


def status(town: TestClient, path: str, **headers: str) -> int:
    return town.get(
        path, headers={name.replace("_", "-"): value for name, value in headers.items()}
    ).status_code


def database(town: TestClient) -> Any:
    return town.app.state.office.database  # type: ignore[attr-defined]


def test_a_revoked_key_opens_nothing_from_then_on(town: TestClient) -> None:
    with database(town).writing() as connection:
        key = create_key(connection, Grant("hr-system"))
    assert status(town, "/v1/models/current", X_API_Key=key) == 200
    with database(town).writing() as connection:
        revoke_key(connection, key.partition(".")[0])
    assert status(town, "/v1/models/current", X_API_Key=key) == 401


def test_an_expired_key_opens_nothing(town: TestClient) -> None:
    with database(town).writing() as connection:
        key = create_key(connection, Grant("hr-system"))
        past = update(api_keys).where(api_keys.c.key_id == key.partition(".")[0])
        connection.execute(past.values(expires_at="2020-01-01T00:00:00.000+00:00"))
    assert status(town, "/v1/models/current", X_API_Key=key) == 401


@pytest.mark.parametrize(
    ("claims", "person", "expected"),
    [
        ({"role": "employee", "employee_id": SELF}, SELF, 200),
        ({"role": "employee", "employee_id": SELF}, COLLEAGUE, 404),
        ({"role": "manager", "unit_id": scene.UNIT}, COLLEAGUE, 200),
        ({"role": "manager", "unit_id": scene.UNIT}, STRANGER, 404),
        ({"role": "manager", "unit_id": "NONE"}, SELF, 404),
        ({"role": "training-office"}, STRANGER, 200),
        ({"role": "data-scientist"}, SELF, 404),
        ({"role": "manager"}, COLLEAGUE, 401),
        ({"role": "admin"}, SELF, 401),
        ({"role": "training-office", "iss": "https://elsewhere.example"}, SELF, 401),
        ({"role": "training-office", "aud": "mlflow"}, SELF, 401),
        ({"role": "training-office", "exp": 1_600_000_000}, SELF, 401),
    ],
    ids=str,
)
def test_tokens_open_what_their_role_may(
    town: TestClient, signer: Provider, claims: dict[str, Any], person: str, expected: int
) -> None:
    token = signer.token(**claims)
    path = f"/v1/employees/{person}/recommendations"
    assert status(town, path, Authorization=f"Bearer {token}") == expected


def test_tokens_signed_by_others_open_nothing(town: TestClient, signer: Provider) -> None:
    claims = signer.claims(role="training-office")
    stranger = rsa.generate_private_key(65537, 2048)
    forged = (
        jwt.encode(claims, stranger, "RS256", headers={"kid": "r1"}),
        jwt.encode(claims, None, "none", headers={"kid": "r1"}),  # type: ignore[arg-type]
        jwt.encode(claims, "a" * 64, "HS256", headers={"kid": "r1"}),
    )
    for token in forged:
        answer = town.get("/v1/models/current", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    good = signer.token(role="training-office")
    assert status(town, "/v1/models/current", Authorization=f"bearer {good}") == 200
    assert status(town, "/v1/models/current", Authorization=f"Basic {good}") == 401


def test_the_ledger_knows_bearers_by_a_digest(town: TestClient, signer: Provider) -> None:
    token = signer.token(role="training-office", sub="siti@medan.example")
    headers = {"Authorization": f"Bearer {token}"}
    line = town.get(f"/v1/employees/{SELF}/profile", headers=headers).headers["Ledger-Id"]
    said = town.get(f"/v1/ledger/{line}", headers=headers).text
    assert "siti" not in said
    assert '"asker":"oidc-' in said


def test_while_the_provider_is_down_keys_still_work(current: Path, own_city: Callable[[], str]) -> None:
    with provider() as down:
        down.is_down = True
        oidc = {"oidc_issuer": ISSUER, "oidc_audience": AUDIENCE, "oidc_jwks_url": down.jwks_url}
        with scene.service(own_city(), current, **oidc) as client:
            key = scene.keys_of(client)["hr-system"]
            token = f"Bearer {down.token(role='hr-system')}"
            answer = client.get("/v1/models/current", headers={"Authorization": token})
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert status(client, "/v1/models/current", X_API_Key=key) == 200


def test_without_a_provider_no_token_is_taken(
    current: Path, own_city: Callable[[], str], signer: Provider
) -> None:
    with scene.service(own_city(), current) as client:
        token = signer.token(role="hr-system")
        assert status(client, "/v1/models/current", Authorization=f"Bearer {token}") == 401
