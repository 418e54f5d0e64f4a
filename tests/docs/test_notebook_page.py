"""The page on money in a notebook: its blocks run as they stand, print what the page shows, and need no Django."""

import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from mainstay.money.engine.adjacency import graph_of_frame

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "notebook.md").read_text(encoding="utf-8")


def test_the_blocks_run_and_print_what_the_page_shows() -> None:
    blocks = re.findall(r"^```python\n(.*?)^```\n+```text\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    assert len(blocks) == PAGE.count("```python") == 4
    code = "".join(block for block, _ in blocks) + "import sys\nassert 'django' not in sys.modules\n"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout == "".join(shown for _, shown in blocks)


def test_a_table_gives_cash_and_currencies_their_codes_and_is_refused_out_of_order() -> None:
    rows = [(1, None, "b", 5, "USD"), (2, "b", "a", 7, "EUR"), (3, "a", None, 9, "USD")]
    columns = ["booked_at", "from_account", "to_account", "amount", "currency"]
    table = pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("booked_at").cast(pl.Datetime("ms")))
    graph, accounts = graph_of_frame(table)
    assert (accounts.to_list(), graph.currencies) == (["a", "b"], ("EUR", "USD"))
    assert graph.time.tolist() == [1_000, 2_000, 3_000]
    assert (graph.source.tolist(), graph.target.tolist()) == ([-1, 1, 0], [1, 0, -1])
    assert (graph.amount.tolist(), graph.currency.tolist()) == ([5, 7, 9], [1, 0, 1])
    with pytest.raises(ValueError, match="order of time"):
        graph_of_frame(table.reverse())
