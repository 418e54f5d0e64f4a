"""What a command or a page does not need is not loaded: on a small machine each of these takes a second, or 100 MB."""

import os
import subprocess
import sys

import pytest

from tests.home import HOME

SLOW = ("numba", "polars", "duckdb", "pyarrow", "followthemoney", "sqlalchemy", "pyxform", "openpyxl", "weasyprint")
LOADED = f"import sys; print(*[name for name in {SLOW} if name in sys.modules])"


@pytest.mark.parametrize("module", ["mainstay.site.cli", "mainstay.site.urls", "mainstay.cooperate.services.exchange"])
def test_what_is_slow_to_load_waits_until_it_is_needed(module: str) -> None:
    program = f"import django; django.setup(); import {module}; {LOADED}"
    env = {**os.environ, "MAINSTAY_HOME": str(HOME), "DJANGO_SETTINGS_MODULE": "mainstay.site.settings"}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
