"""Versions of the packages that results depend on. Only what scores imports this: it takes longer than all of the rest."""

import sys
from importlib import metadata


def installed_packages():
    """Return versions by name, None for a package that is not installed."""
    return {
        "numpy": _installed("numpy"),
        "faiss": _installed("faiss", "faiss-cpu", "faiss-gpu"),
        # Only where it has searched: it is imported for nothing else.
        **({"torch": sys.modules["torch"].__version__} if "torch" in sys.modules else {}),
    }


def _installed(*names):
    for name in names:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None
