"""The rooms of the adapters, in the order in which they may import, from the import contracts."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]


def layers(contract: str) -> list[list[str]]:
    """The layers of a contract, the lowest first."""
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    lines = contracts[f"importlinter:contract:{contract}"]["layers"].split("\n")
    return [line.split(" | ") for line in reversed(lines) if line]


_LOWEST, _ABOVE, *_ROOMS = layers("rooms")
ALONE = [*_ABOVE, *_LOWEST]
"""The modules that stand alone, below all rooms."""

ROOMS = (*(room for layer in _ROOMS for room in layer), "streamfold")
"""The rooms, the lowest first; above them all is what installs as `streamfold`."""
