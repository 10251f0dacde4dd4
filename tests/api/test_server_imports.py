"""What the server loads: libraries of tables and of experiments would cost each worker time and memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.servers import ROOT

_ANSWERS = """
import sys
from pathlib import Path
import api.main
from recommender.service.asked import Asked
from recommender.service.office import Office
from recommender.store.askers import Asker

office = Office.open(sys.argv[1], Path(sys.argv[2]))
office.recommend("E00042", Asked(), Asker("key", "hr-system"))
office.close()
print([name for name in ("pandas", "mlflow", "dask") if name in sys.modules])
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    address = f"sqlite:///{tmp_path / 'city.db'}"
    command = [sys.executable, "-m", "recommender", "import", str(ROOT / "data/sample"), "--to", address]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return address


def test_a_server_that_answers_has_loaded_neither_pandas_nor_mlflow(database: str, current: Path) -> None:
    command = [sys.executable, "-c", _ANSWERS, database, str(current)]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == "[]"
