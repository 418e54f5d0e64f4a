"""A node for the tests, made before Django reads its settings; loaded by `-p tests.home`."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

HOME = Path(tempfile.mkdtemp(prefix="mainstay-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["MAINSTAY_HOME"] = str(HOME)
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in the test's thread

from mainstay.site import node  # noqa: E402  # the folder has to be named first

node.create(
    node_config_values={
        "node_name": "Selvania (test)",
        "country": "XS",
        "https": False,
        "require_second_factor": False,
        "scenario": True,
    }
)
