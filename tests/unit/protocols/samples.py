"""Frames of our own, made from the documented layouts: one stream to a protocol, the first frame naming the device."""

import json
from datetime import UTC, datetime
from struct import pack

from tests.unit.protocols.samples_vehicles import VEHICLE_STREAMS
from tocsin.demo.wristband import DEMO_UIDS, Press, frames_of, gt06_frame, gt06_place, watch_alarm, watch_frame
from tocsin.protocols.base import Alarm, Codec, Reading, Session
from tocsin.protocols.checksums import crc16_ccitt_false, crc16_ibm, crc16_xmodem, inverted_sum16, rotating_sum16

NOW = datetime(2026, 7, 15, 10, 20, 30, tzinfo=UTC)
AT = datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC)
PRESS = Press(AT, 35.25, -33.75)
GT06_UID, WATCH_UID, PHONE_UID = DEMO_UIDS["gt06"], DEMO_UIDS["watch"], DEMO_UIDS["osmand"]

IMEI = "990000000000027"


def h02_text(status: int, *, valid: str = "A", place: str = "3515.0000,N,03345.0000,W", date: str = "010326") -> bytes:
    """A text position of an LK106; in `status` a cleared bit is an alarm."""
    return f"*HQ,9900000027,V1,040506,{valid},{place},000.50,090,{date},{status:08X},901,70,4660,22136,5#".encode()


def h02_binary(status: int, *, flags: int = 0x6) -> bytes:
    """A binary position of 32 bytes: valid, north and west unless `flags` says otherwise."""
    text = f"2499000000270405060103263515000006033450000{flags:x}000090{status:08x}000000"
    return bytes.fromhex(text)


def minifinder_position(flags: int, *, kind: str = "D", place: str = "35.250000,-33.750000") -> bytes:
    """A position of an EV-07S."""
    return f"!{kind},1/3/26,4:5:6,{place},3,90,{flags:x},12.5,71,9,11,1.2;".encode()


def minifinder2_entry(key: int, value: bytes) -> bytes:
    """An entry of an EV-07B: length, key, value."""
    return bytes((len(value) + 1, key)) + value


def minifinder2_frame(*entries: bytes, command: int = 1, sequence: int = 5, properties: int = 0x10) -> bytes:
    """A frame of an EV-07B."""
    body = bytes((command,)) + b"".join(entries)
    return pack("<BBHHH", 0xAB, properties, len(body), crc16_xmodem(body), sequence) + body


def minifinder2_alarm(bits: int, *more: bytes) -> bytes:
    """An alarm of an EV-07B; the place is not in it."""
    alarm = minifinder2_entry(0x02, pack("<II", bits, int(AT.timestamp())))
    return minifinder2_frame(minifinder2_entry(0x01, IMEI.encode()), alarm, *more)


def trv_position(
    code: str = "01", *, kind: str = "AP10", valid: str = "A", place: str = "3515.0000N03345.0000W"
) -> bytes:
    """A position of a TRV watch with an alarm field and one access point."""
    head = f"IW{kind}260301{valid}{place}003.0040506090.00060009071000002,901,70,4660,22136"
    return f"{head},{code},zhcn,00,HOME|AA-BB-CC-DD-EE-FF|60#".encode()


def topin_frame(kind: int, content: bytes = b"", *, length: int | None = None) -> bytes:
    """A frame of a ZhongXun locator; the length byte means what the type wants."""
    return b"\x78\x78" + bytes((len(content) + 1 if length is None else length, kind)) + content + b"\r\n"


def topin_login() -> bytes:
    """A login of a ZhongXun locator."""
    return topin_frame(0x01, bytes.fromhex("0" + IMEI) + b"\x4d", length=13)


def topin_wifi(bits: int, *, kind: int = 0x69) -> bytes:
    """One access point, one cell and alarm bits."""
    content = bytes.fromhex("260301040506aabbccddeeff3c") + pack(">BHBHHB", 1, 901, 70, 4660, 22136, 70)
    return topin_frame(kind, content + bytes((bits,)), length=1)


def gps103_report(word: str = "help me", *, local: str = "260301050506", where: str = "") -> bytes:
    """A report of a Coban; the local time is one hour ahead of UTC."""
    where = where or "F,040506.000,A,3515.0000,N,03345.0000,W,0.50,90,12,1,0,,,"
    return f"imei:{IMEI},{word},{local},,{where};".encode()


def xexun_sentence(word: str = "help me!", *, valid: str = "A", date: str = "010326", behind: str = "") -> bytes:
    """A message of a Xexun TK102, short unless something stands behind the identity."""
    sentence = f"GPRMC,040506.000,{valid},3515.0000,N,03345.0000,W,0.50,90.00,{date},,,A*55"
    return f"260301040506,+15550100,{sentence},F,{word}, imei:{IMEI},{behind}".encode()


def xexun2_frame(records: bytes, *, kind: int = 0x14, checksum: int | None = None) -> bytes:
    """A frame of one record, byte stuffing done."""
    payload = b"\x01" + pack(">H", len(records)) + records
    checksum = inverted_sum16(payload) if checksum is None else checksum
    inner = pack(">HH", kind, 7) + bytes.fromhex(IMEI + "0") + pack(">HH", len(payload), checksum) + payload
    return b"\xfa\xaf" + inner.replace(b"\xfb\xbf", b"\xfb\xbf\x02").replace(b"\xfa\xaf", b"\xfb\xbf\x01") + b"\xfa\xaf"


def xexun2_record(bits: int = 1, *, place: bytes = b"") -> bytes:
    """A record with an alarm word and, unless told otherwise, a place as two doubles."""
    place = place or b"\x40\x09" + pack(">dd", -3345.0, 3515.0)
    return bytes((1,)) + pack(">IBH", int(AT.timestamp()), 20, 71) + b"\x03" + pack(">I", bits) + place


def xexun3_part(kind: int, value: bytes) -> bytes:
    """A part of a frame: type, length, value."""
    return bytes((kind, len(value))) + value


def xexun3_alarm(code: int) -> bytes:
    """The part that names an alarm."""
    return xexun3_part(0x69, pack(">IBB", int(AT.timestamp()), code, 0))


XEXUN3_PLACE = xexun3_part(0x64, pack(">IddfBBBH", int(AT.timestamp()), 35.25, -33.75, 12.0, 0, 9, 0, 3))


def xexun3_frame(*parts: bytes, kind: int = 0x20) -> bytes:
    """A frame of parts."""
    inner = bytes((3, kind, 5)) + bytes.fromhex("0" + IMEI) + b"".join(parts)
    return b"\xfc" + pack(">H", len(inner)) + inner + pack(">H", crc16_ccitt_false(inner)) + b"\xcf"


def eelink_package(kind: int, content: bytes, *, serial: int = 3) -> bytes:
    """A package: type, length, serial number, content."""
    return b"gg" + bytes((kind,)) + pack(">HH", len(content) + 2, serial) + content


def eelink_datagram(*packages: bytes) -> bytes:
    """A datagram that names its device."""
    body = bytes.fromhex("0" + IMEI) + b"".join(packages)
    return b"EL" + pack(">HH", len(body) + 2, rotating_sum16(body)) + body


def eelink_old_alarm(code: int, *, lat_deg: float = 35.25, lon_deg: float = -33.75) -> bytes:
    """An alarm in the old form."""
    where = pack(">IiiBH", int(AT.timestamp()), round(lat_deg * 1_800_000), round(lon_deg * 1_800_000), 3, 90)
    return eelink_package(0x04, where + pack(">HHH", 901, 70, 4660) + b"\x00\x56\x78\x01" + bytes((code,)))


def eelink_new_alarm(code: int) -> bytes:
    """An alarm in the new form: a cell and an access point, no place."""
    networks = pack(">HHHIB", 901, 70, 4660, 22136, 70) + bytes.fromhex("aabbccddeeff3c")
    return eelink_package(0x14, pack(">IB", int(AT.timestamp()), 0x12) + networks + bytes((code,)) + b"\x00\x89")


EELINK_LOGIN = eelink_package(0x01, bytes.fromhex("0" + IMEI) + b"\x01\x04")


def tk103_old(command: str, *, valid: str = "A", place: str = "3515.0000N03345.0000W", date: str = "260301") -> bytes:
    """A report of the old form."""
    return f"(990000000027{command}{date}{valid}{place}000.5040506090.0001000000L00000010)".encode()


def tk103_new(command: str, *, valid: str = "A", place: str = "3515.0000N,03345.0000W", date: str = "010326") -> bytes:
    """A report of the new form."""
    return f"({IMEI},{command},{date},{valid},{place},000.5,040506,090.00)".encode()


def tk103_networks(command: str) -> bytes:
    """A report of the new form with cell and Wi-Fi instead of a place."""
    return f"({IMEI},{command},901,70,4660,22136,1,AA:BB:CC:DD:EE:FF*-60*11,010326,040506)".encode()


def teltonika_record(
    values: dict[int, int], *, priority: int = 0, lat_deg: float = 35.25, lon_deg: float = -33.75, codec: int = 8
) -> bytes:
    """An AVL record with values of one byte; with coordinates 0 it has no satellites either."""
    satellites = 9 if lat_deg or lon_deg else 0
    head = pack(">QBiihHBH", int(AT.timestamp() * 1000), priority, round(lon_deg * 1e7), round(lat_deg * 1e7), 12, 90,
                satellites, 3)  # fmt: skip
    count, number = (">H", ">H") if codec == 0x8E else (">B", ">H") if codec == 0x10 else (">B", ">B")
    event = pack(number, next(iter(values), 0)) + (b"\x05" if codec == 0x10 else b"")
    ones = b"".join(pack(number, name) + bytes((value,)) for name, value in values.items())
    rest = pack(count, 0) * (4 if codec == 0x8E else 3)
    return head + event + pack(count, len(values)) + pack(count, len(values)) + ones + rest


def teltonika_packet(*records: bytes, codec: int = 8) -> bytes:
    """A TCP packet of records."""
    body = bytes((codec, len(records))) + b"".join(records) + bytes((len(records),))
    return bytes(4) + pack(">I", len(body)) + body + pack(">I", crc16_ibm(body))


def teltonika_datagram(*records: bytes) -> bytes:
    """A UDP datagram of records."""
    body = bytes((8, len(records))) + b"".join(records) + bytes((len(records),))
    inner = b"\xca\xfe\x01\x05\x00\x0f" + IMEI.encode() + body
    return pack(">H", len(inner)) + inner


TELTONIKA_LOGIN = b"\x00\x0f" + IMEI.encode()


def wristband_frame(function: str, data: str = "") -> bytes:
    """A frame of a YX wristband."""
    text = f"YX{IMEI}|V1.0|1|{{{function}{'#' if data else ''}{data}}}\r\n".encode()
    return b"\x00\x01\x02" + pack(">H", len(text)) + text + b"\xff\xfe\xfc"


def owntracks_request(**values: object) -> bytes:
    """A request of an OwnTracks phone."""
    body = json.dumps({"_type": "location", "topic": "owntracks/invented/phone", **values}).encode()
    return b"POST /pub HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(body) + body


RMC = "$GPRMC,040506.000,A,3515.0000,N,03345.0000,W,0.50,90.0,010326,,,A*6C"

MINIFINDER2_PLACE = minifinder2_entry(0x24, pack("<II", int(AT.timestamp()), 71 << 24)) + minifinder2_entry(
    0x20, pack("<iiHHhHIB", 352500000, -337500000, 3, 90, 12, 9, 100, 9)
)

STREAMS: dict[str, list[bytes]] = {
    **VEHICLE_STREAMS,
    "gt06": [
        *frames_of("gt06", GT06_UID, Press(AT, alarms=frozenset({Alarm.SOS, Alarm.FALL}))),
        gt06_frame(0x12, gt06_place(PRESS) + bytes.fromhex("0385461234005678"), serial=9),
        gt06_frame(0x13, bytes.fromhex("4404040001"), serial=10),
    ],
    "watch": [
        *frames_of("watch", WATCH_UID, PRESS),
        watch_frame(WATCH_UID, watch_alarm(Press(AT, alarms=frozenset()), command="UD")),
        watch_frame(WATCH_UID, "TKQ"),
    ],
    "osmand": [
        *frames_of("osmand", PHONE_UID, PRESS),
        b"GET /?id=demo-phone-13&lat=1&lon=2 HTTP/1.1\r\nHost: t\r\n\r\n",
    ],
    "h02": [
        h02_text(0xFFFFFFFD),
        h02_binary(0xFFFFFBFF),
        b"*HQ,9900000027,LINK,040506,15,0,84,0,0,010326,FFFFFBFF#",
        b"*HQ,9900000027,NBR,040506,901,70,0,1,4660,22136,-70,010326,FFFFFBFF,5#",
    ],
    "minifinder": [b"!1,990000000000027,V07S,90;", minifinder_position(0x100041), b"!5,17,V,80;", b"!3,ok;"],
    "gps103": [f"##,imei:{IMEI},A;".encode(), gps103_report(), gps103_report("tracker"), f"{IMEI};".encode()],
    "xexun": [xexun_sentence(), xexun_sentence("")],
    "xexun2": [xexun2_frame(xexun2_record()), xexun2_frame(xexun2_record(0))],
    "xexun3": [xexun3_frame(xexun3_alarm(1), XEXUN3_PLACE), xexun3_frame(kind=0x21)],
    "eelink": [EELINK_LOGIN, eelink_old_alarm(0x02), eelink_new_alarm(0x86), eelink_datagram(eelink_old_alarm(0x03))],
    "tk103": [
        b"(990000000027BP00HSO)",
        tk103_old("BO012"),
        tk103_new("ZC17"),
        tk103_networks("DW5E"),
        b"(990000000000027,ZC03,010326,040506,$a ) b$)",
    ],
    "teltonika": [
        TELTONIKA_LOGIN,
        teltonika_packet(teltonika_record({236: 1}, priority=2), teltonika_record({240: 1})),
        b"\xff",
        teltonika_packet(teltonika_record({242: 1}, codec=0x8E), codec=0x8E),
        teltonika_datagram(teltonika_record({236: 1})),
    ],
    "wristband": [
        wristband_frame("F01", "71,1"),
        wristband_frame("F02", "-33.75,35.25,202603010405,0.58"),
        wristband_frame("F91", "x"),
    ],
    "t55": [
        f"$IMEI={IMEI}\r\n".encode(),
        f"{RMC}\r\n".encode(),
        b"$GPGGA,040506.0,3515.0000,N,03345.0000,W,1,05,3.5,8.5,M,,\r\n",
    ],
    "owntracks": [owntracks_request(lat=35.25, lon=-33.75, tst=1772337906, t="e")],
    "trv": [f"IWAP00{IMEI},8900,9017#".encode(), trv_position(), b"IWAP03,06000908000102,5555,30#", b"IWAP49,72#"],
    "topin": [
        topin_login(),
        topin_frame(0x10, gt06_place(PRESS), length=18),
        topin_wifi(0x10),
        topin_frame(0x13, bytes.fromhex("42 4d 08 19 64")),
        topin_frame(0x99),
    ],
    "minifinder2": [
        minifinder2_alarm(1 << 12),
        minifinder2_frame(minifinder2_entry(0x01, IMEI.encode()), MINIFINDER2_PLACE, sequence=6),
    ],
}


def read_all(codec: Codec, frames: list[bytes]) -> list[Reading]:
    """Read frames as one connection carries them."""
    session, readings = Session(), []
    for frame in frames:
        reading = codec.decode(frame, session, NOW)
        session = reading.session
        readings.append(reading)
    return readings


def alarms_in(codec: Codec, frames: list[bytes]) -> frozenset[Alarm]:
    """Every alarm of a stream."""
    return frozenset().union(*(reading.alarms for reading in read_all(codec, frames)))
