"""Every protocol that the gateway speaks: one row each. A new one is a module, a row, a test file and a page."""

from tocsin.protocols.base import Codec
from tocsin.protocols.eelink import EELINK
from tocsin.protocols.gl100 import GL100
from tocsin.protocols.gl200 import GL200
from tocsin.protocols.globalsat import GLOBALSAT
from tocsin.protocols.gps103 import GPS103
from tocsin.protocols.gt06 import GT06
from tocsin.protocols.h02 import H02
from tocsin.protocols.jt808 import JT808
from tocsin.protocols.laipac import LAIPAC
from tocsin.protocols.megastek import MEGASTEK
from tocsin.protocols.meitrack import MEITRACK
from tocsin.protocols.mictrack import MICTRACK
from tocsin.protocols.minifinder import MINIFINDER
from tocsin.protocols.minifinder2 import MINIFINDER2
from tocsin.protocols.osmand import OSMAND
from tocsin.protocols.owntracks import OWNTRACKS
from tocsin.protocols.t55 import T55
from tocsin.protocols.t800x import T800X
from tocsin.protocols.teltonika import TELTONIKA
from tocsin.protocols.tk103 import TK103
from tocsin.protocols.topin import TOPIN
from tocsin.protocols.trv import TRV
from tocsin.protocols.v680 import V680
from tocsin.protocols.watch import WATCH
from tocsin.protocols.wristband import WRISTBAND
from tocsin.protocols.xexun import XEXUN
from tocsin.protocols.xexun2 import XEXUN2
from tocsin.protocols.xexun3 import XEXUN3

CODECS: dict[str, Codec] = {
    codec.name: codec
    for codec in (
        GT06,
        WATCH,
        OSMAND,
        H02,
        MINIFINDER,
        MINIFINDER2,
        TRV,
        TOPIN,
        GPS103,
        XEXUN,
        XEXUN2,
        XEXUN3,
        EELINK,
        TELTONIKA,
        WRISTBAND,
        T55,
        OWNTRACKS,
        TK103,
        JT808,
        GL100,
        MICTRACK,
        LAIPAC,
        GLOBALSAT,
        V680,
        MEGASTEK,
        T800X,
        MEITRACK,
        GL200,
    )
}
