"""The demonstration refuses before it builds anything."""

import socket
from pathlib import Path

import pytest

from mainstay.core.errors import BadInputError, ConfigurationError
from mainstay.demo import run
from mainstay.demo.run import Node


def test_a_taken_port_is_named_before_anything_is_built(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        nodes = (Node("Selvania", "XS", tmp_path / "a", port), Node("Orvanta", "XO", tmp_path / "b", port))
        with pytest.raises(ConfigurationError, match=f"Port {port} is taken"):
            run._check_ports(nodes)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    keep = tmp_path / "inputs"
    keep.mkdir()
    with pytest.raises(ConfigurationError, match="holds other things"):
        run.demo(seed=1, scale="small", serve=False, as_json=True, reset=True, folder=str(tmp_path))
    assert keep.is_dir()


def test_an_unknown_scale_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="small, medium, large"):
        run.demo(seed=1, scale="huge", serve=False, as_json=True, reset=False, folder=str(tmp_path))
