"""Every protocol that the gateway speaks: one row each. A new one is a module, a row, a test file and a page."""

from tocsin.protocols.base import Codec
from tocsin.protocols.gt06 import GT06
from tocsin.protocols.osmand import OSMAND
from tocsin.protocols.watch import WATCH

CODECS: dict[str, Codec] = {codec.name: codec for codec in (GT06, WATCH, OSMAND)}
