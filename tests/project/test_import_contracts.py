"""`.importlinter` has a contract for every package; `.ci/run` holds the code to them."""

import tomllib
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_package_has_an_exhaustive_contract_of_layers() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    layers = [dict(contracts[name]) for name in contracts.sections() if contracts[name].get("type") == "layers"]
    assert all(contract["exhaustive"] == "True" for contract in layers)
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert sorted(name for contract in layers for name in contract["containers"].split()) == sorted(setup["packages"])
