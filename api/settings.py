"""What the operator sets, by environment variables."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class SettingsError(ValueError):
    """A setting cannot be used; the message names the variable and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one service, checked when they are made.

    Attributes
    ----------
    bundle : a bundle folder, or a pointer file such as `models/current`.
    allow_open : whether an address that other machines can reach may be used.
    """

    bundle: Path = Path("models/current")
    host: str = "127.0.0.1"
    port: int = 8000
    allow_open: bool = False

    def __post_init__(self) -> None:
        if not (_ip_address(self.host).is_loopback or self.allow_open):
            raise SettingsError(
                f"RECOMMENDER_HOST={self.host} can be reached from other machines. The service does not ask "
                "its callers for a key yet (keys come with the full service), so anyone there could read its "
                "answers, which are personal data. Use 127.0.0.1, or set RECOMMENDER_ALLOW_OPEN=yes if "
                "something in front of it checks who is asking."
            )

    @property
    def address(self) -> str:
        """The address as a caller on this machine writes it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings that the variables ask for; one that is absent or empty keeps its default."""
    default = Settings()
    return Settings(
        bundle=Path(environment.get("RECOMMENDER_BUNDLE") or default.bundle),
        host=environment.get("RECOMMENDER_HOST") or default.host,
        port=_port(environment.get("RECOMMENDER_PORT") or str(default.port)),
        allow_open=environment.get("RECOMMENDER_ALLOW_OPEN") == "yes",
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise SettingsError(f"RECOMMENDER_PORT={text} is not a port; use a whole number from 1 to 65535.")
    return int(text)


def _ip_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    # Not a name: it may mean another address tomorrow, and the server does not look names up.
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        raise SettingsError(
            f"RECOMMENDER_HOST={host} is not an IP address; use 127.0.0.1 for this machine alone."
        ) from None
