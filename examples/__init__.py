"""Programs that use TaskHub from outside: they know it only through REST, by the client in `clients/python`."""

import sys
from pathlib import Path

# Here the client lies beside its users; elsewhere it is installed.
sys.path.append(str(Path(__file__).resolve().parents[1] / "clients/python/src"))
