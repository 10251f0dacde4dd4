"""Files that a command writes: refused early where they would do harm, and never half written."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import typer


def check_file(file: Path | None, data: str, suffixes: tuple[str, ...], option: str) -> None:
    """End the command, before any work is done, if a file would do harm or cannot be written.

    Parameters
    ----------
    suffixes : how it may end; "" is a folder.
    """
    if file is None:
        return
    problem = ""
    if file.resolve().is_relative_to(Path(data).resolve()):
        problem = f"{file} lies in the folder of the data, {data}, whose tables it could overwrite."
    elif file.suffix not in suffixes:
        folder = " and is no folder without a suffix" if "" in suffixes else ""
        problem = f"{file} does not end in {' or '.join(filter(None, suffixes))}{folder}."
    elif file.suffix and file.is_dir():
        problem = f"{file} is a folder."
    if problem:
        raise typer.BadParameter(f"{problem} Name another file.", param_hint=option)


def put(file: Path, write: Callable[[Path], object]) -> None:
    """Let a file appear under its name only when it is whole; an earlier one stays until then.

    Parameters
    ----------
    write : writes to the path that it is given, which lies beside the file and ends as it does.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    work = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        write(work)
        work.replace(file)
    finally:
        work.unlink(missing_ok=True)
