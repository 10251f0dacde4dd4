"""`python -m api`: serve the bundle that the environment names, until stopped."""

from __future__ import annotations

import argparse
import os
import socket
import sys

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from api.settings import Settings, SettingsError, settings_from

_HELP = """Settings come from the environment:
  RECOMMENDER_BUNDLE      bundle folder, or a file naming one (default models/current)
  RECOMMENDER_HOST        address to listen at (default 127.0.0.1)
  RECOMMENDER_PORT        port to listen at (default 8000)
  RECOMMENDER_ALLOW_OPEN  yes = listen at other addresses than this machine's own"""


def main() -> None:
    """Serve; a setting or a bundle that will not do ends it with one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Serve recommendations over HTTP until stopped.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    try:
        settings = settings_from(os.environ)
        _check_free(settings)
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    _serve(settings)


def _check_free(settings: Settings) -> None:
    # The server lets several processes share one port, so a second service would quietly take half the calls.
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        socket.create_server((settings.host, settings.port), family=family).close()
    except OSError as error:
        raise SettingsError(
            f"cannot listen at {settings.address} ({error.strerror}); set another RECOMMENDER_PORT."
        ) from error


def _serve(settings: Settings) -> None:
    # One worker process builds the app, so this one never holds the model. The access log stays off: the
    # paths in it contain employee ids.
    server = MPServer(
        "api.main:app_from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=1,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
    )
    server.serve()


if __name__ == "__main__":
    main()
