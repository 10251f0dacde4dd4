"""The transcript of the README, run as it stands there: one assessment changes the first recommendation."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.api.servers import ROOT, free_port


def test_the_transcript_of_the_readme(current: Path, tmp_path: Path) -> None:
    section = (
        (ROOT / "README.md").read_text(encoding="utf-8").split("## The service, from an empty database")[1]
    )
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found is not None
    script = found[1].replace(":8000", f":{(port := free_port())}")
    script = script.replace("data/sample", str(ROOT / "data/sample"))
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "RECOMMENDER_BUNDLE": str(current),
        "RECOMMENDER_PORT": str(port),
        "RECOMMENDER_LOG_LEVEL": "error",
    }
    run = subprocess.run(
        ["bash", "-euc", "set -m\n" + script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    decoder = json.JSONDecoder()
    starts = [found.start() for found in re.finditer(r'{"employee_id":"P-1","recommendations"', run.stdout)]
    answers = [decoder.raw_decode(run.stdout, start)[0] for start in starts]
    first, second = (answer["recommendations"][0] for answer in answers)
    assert '{"accepted":1}' in run.stdout
    assert first["reasons"][0]["text"].startswith("Legal drafting: 2 asked")
    assert second["program_id"] != first["program_id"]
    assert re.search(r"ledger-id: \S+", run.stdout)
