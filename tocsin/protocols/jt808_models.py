"""Where a vendor means something of his own by a bit or an item of jt808, the model must be known."""

PADLOCKS = frozenset({"G-360P", "G-508P"})
AOVX = frozenset({"AL300", "GL100"})
CAMERAS = frozenset({"JC371", "JC181", "JC182", "JC450", "JC451"})
DOORS = frozenset({"MV810G", "MV710G"})
COLLARS = frozenset({"C5", "C5L"})
