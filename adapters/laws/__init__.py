"""What every fold promises, as code: the laws, their checker, and the oracles that judge a result.

No module of this package reads a file. Modules in this package are internal; import the names below from here.
"""

from ..errors import LawBroken
from .checker import Checker, check_laws
from .oracle import Content, Oracle
from .statements import LAWS, Law

__all__ = ["LAWS", "Checker", "Content", "Law", "LawBroken", "Oracle", "check_laws"]
