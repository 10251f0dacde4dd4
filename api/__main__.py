"""`python -m api`: serve the bundle and the database that the environment names, until stopped."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server import MPServer

from api.first_run import tell_first_run
from api.logs import logging_config
from api.settings import Settings, SettingsError, settings_from, with_secrets_from_files
from api.variables import table

_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"  # metrics.py; importing that here would settle it too early


def main() -> None:
    """Serve; settings, a bundle or a database that will not do end it with one message and exit code 1."""
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Serve recommendations over HTTP until stopped.",
        epilog="Settings come from the environment:\n" + _listed(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    try:
        environment = with_secrets_from_files(os.environ)
        settings = settings_from(environment)
        _check_free(settings)
    except SettingsError as error:
        sys.exit(f"Error: {error}")
    # The workers read their own environment, and a file's secret may be readable by this process alone.
    os.environ.clear()
    os.environ.update(environment)
    tell_first_run(settings)
    _serve(settings)


def _listed() -> str:
    rows = [
        (name, meaning + (f" (default {default})" if default else "")) for name, meaning, default in table()
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {meaning}" for name, meaning in rows)


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
    # Each answer is small, and there are many at once: pools of threads within one would only fight.
    for pool in _POOLS:
        os.environ.setdefault(pool, "1")
    figures = tempfile.mkdtemp(prefix="recommender-figures-") if settings.workers > 1 else ""
    if figures:
        os.environ[_SHARED_FIGURES] = figures
    # Each worker builds the app, so this process never holds the model. The server's own access log stays
    # off: the paths in it contain employee ids.
    server = MPServer(
        "api.main:app_from_environment",
        factory=True,
        interface=Interfaces.ASGI,
        address=settings.host,
        port=settings.port,
        workers=settings.workers,
        workers_kill_timeout=settings.grace_seconds,
        websockets=False,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging_config(settings.log_level),
    )
    # A worker begins with this process' way of taking signals, which would let it miss a SIGTERM while it
    # loads the model.
    os.register_at_fork(after_in_child=_end_by_signals)
    try:
        server.serve()
    finally:
        if figures:
            shutil.rmtree(Path(figures), ignore_errors=True)


def _end_by_signals() -> None:
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)


if __name__ == "__main__":
    main()
