"""A whole application in one document: what it declares, applied in one transaction.

`settings.MANIFEST` names the parts of the document in the order in which they are applied; each part is a thin
layer over the service of the single push, so a manifest can do nothing that single pushes could not.
"""

from .applying import apply_manifest
from .document import MANIFEST
from .parts import Containers, Functions, Members, Part, Put, Rules, Types

__all__ = ["MANIFEST", "Containers", "Functions", "Members", "Part", "Put", "Rules", "Types", "apply_manifest"]
