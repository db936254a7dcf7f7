"""Frames of protocols that vehicle trackers speak. They are lent to defenders too."""

from struct import pack

from tocsin.protocols.checksums import xor8

SHORT_UID = "990000000027"
JT808_STATUS = 0x0000000A  # A valid fix, west.


def jt808_frame(kind: int, body: bytes, *, attributes: int = 0, identity: str = SHORT_UID, flag: int = 0x7E) -> bytes:
    """A frame as it comes out of `split`: without escapes."""
    version = b"\x01" if attributes & 0x4000 else b""
    serial = b"\x05" if kind in (0x5501, 0x5502) else b"\0\x05"
    head = pack(">HH", kind, len(body) & 0x3FF | attributes) + version + bytes.fromhex(identity) + serial
    mark = bytes((flag,))
    return mark + head + body + bytes((xor8(head + body),)) + mark


def jt808_location(
    word: int = 1, *items: tuple[int, bytes], status: int = JT808_STATUS, clock: str = "260301120506"
) -> bytes:
    where = pack(">IIIIhHH", word, status, 35_250_000, 33_750_000, 12, 36, 90) + bytes.fromhex(clock)
    return where + b"".join(bytes((kind, len(content))) + content for kind, content in items)


def jt808_joint(word: int, product: int = 3, *, blind: bool = False) -> bytes:
    where = bytes.fromhex("010326040506" + "35150000" + "033450000" + "2" + "10" + "2d")
    tail = pack(">BBIBIHBHH", 20, 5, 3, 80, 22136, 4660, product, 0, word)
    return jt808_frame(0x5502 if blind else 0x5501, where + tail, attributes=0x8000)


JT808 = [
    jt808_frame(0x0002, b""),
    jt808_frame(0x0200, jt808_location(0x81, (0x01, pack(">I", 5)), (0xE7, b"\0\2" + bytes(6)))),
    jt808_frame(0x0704, b"\0\1\1\0\x1c" + jt808_location()),
    jt808_joint(0x08),
    b"(990000000027,1,001,BASE,2,TIME)",
]

VEHICLE_STREAMS = {"jt808": JT808}


def gl100_message(word: str = "SOS", *, where: str = "-33.750000,35.250000", clock: str = "20260301040506") -> bytes:
    place = f"1,4.3,92,70.0,1,{where},{clock},0901,0070,1234,5678,00"
    return f"+RESP:GT{word},990000000000027,0,0,0,{place.replace('1,4.3', '0,4.3', 1)},11F0,0102120204\0".encode()


def mictrack_report(event: int = 5, *, kind: str = "R1", values: str = "260301040506+aa:bb:cc:dd:ee:ff,-60") -> bytes:
    return f"MT;6;990000000000027;{kind};{values}+{event}+3831+0".encode()


def laipac_line(
    event: str = "3", *, status: str = "A", where: str = "3515.0000,N,03345.0000,W", date: str = "010326"
) -> bytes:
    text = f"AVRMC,99000027,040506,{status},{where},0.29,78.66,{date},{event},3.727,17,1,0,0,12345678,090170"
    return f"${text}*{xor8(text.encode()):02X}\r\n".encode()


def globalsat_report(
    word: str = "0001", *, head: str = "GSr,GTR-128,", where: str = "W03345.0000,N3515.0000", date: str = "010326"
) -> bytes:
    fields = f"{word},5,0080,3,{date},040506,{where},344,0.24,78,9,0.8,60%,0,0,12"
    return f'{head}990000000000027,{fields},"901,70,1234,5678,02,21"*79!'.encode()


def v680_message(
    event: str = "SOS", *, user: str = "u", where: str = "3345.0000,W,3515.0000,N", date: str = "010326"
) -> bytes:
    return f"#990000000000027#{user}#1#0000#{event}#1#27bc10af#{where},0.00,79.50#{date}#040506.000##".encode()


def megastek_new(
    word: str = "SOS", *, where: str = "3515.00000,N,03345.00000,W", date: str = "010326", sized: bool = False
) -> bytes:
    text = (
        f"$MGV002,990000000000027,,R,{date},040506,A,{where},00,09,00,1.06,0.147,329.51,123.3,,901,70,1234,5678,18,"
        f"72,1055,0,0,600,,,,11,078,{word},aabbccddeeff:60,,0,,;!"
    )
    return (f"{len(text):04d}" if sized else "").encode() + text.encode()


def megastek_old(word: str = "Help", *, lat: str = "3515.0000,N", date: str = "010326") -> bytes:
    return (
        f"STX,1234,$GPRMC,040506.000,A,{lat},03345.0000,W,1.65,238.00,{date},,,A*67,L,{word},imei:990000000000027,0/8,"
        f"137.1,Battery=24%,,0,901,70,1234,5678;8D\r\n"
    ).encode()


def t800x_frame(kind: int, body: bytes, *, family: bytes = b"##") -> bytes:
    return family + pack(">BHH", kind, 15 + len(body), 7) + bytes.fromhex("0990000000000027") + body


def t800x_place(
    code: int = 3, *, family: bytes = b"##", kind: int = 4, fix: bool = True, clock: str = "260301040506"
) -> bytes:
    status = bytes((0x49 if fix else 0,))
    place = pack("<fff", 12.0, -33.75, 35.25) + bytes.fromhex("0123") + pack(">H", 90)
    where = bytes.fromhex(clock) + (place if fix else pack("<8H", 901, 70, 4660, 22136, 0, 0, 0, 0))
    if family == b"''":
        return t800x_frame(
            kind,
            status + bytes((code,)) + where + bytes(5) + bytes.fromhex("5019") + b"\0\x38" + bytes(22),
            family=b"''",
        )
    head = bytes(9) + status + bytes(6) + pack(">H", 1 << 14) + bytes(4)
    return t800x_frame(kind, head + bytes((code, 0)) + pack(">I", 1349) + b"\x50" + where + b"\x12\x37", family=family)


VEHICLE_STREAMS |= {
    "gl100": [gl100_message(), gl100_message("TRI"), b"AT+GTHBD=HeartBeat,990000000000027,20260301040506,11F0,01\0"],
    "mictrack": [
        mictrack_report(),
        mictrack_report(8, kind="RH", values="5+260301040506+0+0+0+0"),
        b"990000000000027$040506.00,A,3515.0000,N,03345.0000,W,0.01,309.62,95.0,010326",
        b"mode=Success!",
    ],
    "laipac": [laipac_line(), laipac_line("0", status="r"), b"$ECHK,99000027,0*5E\r\n"],
    "globalsat": [
        globalsat_report(),
        globalsat_report("00", head="GSr,").replace(b",5,0080", b",,"),
        b"GSh,990000000000027,3,M,ea04*3d!",
    ],
    "v680": [b"#990000000000027##", v680_message(), v680_message("AUT")[19:]],
    "megastek": [megastek_new(), megastek_new("Timer", sized=True), megastek_old()],
    "t800x": [
        t800x_frame(1, b""),
        t800x_place(),
        t800x_place(family=b"''"),
        t800x_frame(0x10, bytes.fromhex("26030104050601" + "0002aabbccddeeff3000" + "00" * 17), family=b"%%"),
    ],
}


def meitrack_frame(command: str, content: bytes, *, flag: str = "A") -> bytes:
    tail = f",990000000000027,{command},".encode() + content + b"*"
    text = f"$${flag}{len(tail) + 4}".encode() + tail
    return b"%b%02X\r\n" % (text, sum(text) & 0xFF)


def meitrack_text(event: int = 1, *, where: str = "35.250000,-33.750000", clock: str = "260301040506") -> bytes:
    text = (
        f"{event},{where},{clock},A,12,4,3.6,90,0.6,45,321,442492,901|70|1234|00005678,0000,0000|0000|0000|018D|04F0,,"
    )
    return meitrack_frame("AAA", text.encode())


def meitrack_record(event: int = 1, *, lat_deg: float = 35.25, seconds: int = 1_772_337_906) -> bytes:
    where = pack("<Bii", event, round(lat_deg * 1e6), -33_750_000) + pack("<IBBB", seconds - 946_684_800, 1, 9, 19)
    return where + pack("<HHHHIIHHHHHHHHI", 4, 90, 6, 45, 321, 9, 901, 70, 0x1234, 0x5678, 0, 0, 418, 0, 0)


def meitrack_batch(*records: bytes) -> bytes:
    return meitrack_frame("CCC", bytes(8) + b"".join(records))


def meitrack_items(event: int = 1, *more: tuple[bytes, bytes], is_long: bool = False) -> bytes:
    one = [b"\1" + bytes((0 if is_long else event & 0xFF,)), b"\5\1", b"\6\x09", b"\xfe\x69\x60"]
    two = [b"\x08\x04\0", b"\x0b\x2d\0", b"\x19" + pack("<H", 418), *([b"\x40" + pack("<H", event)] if is_long else [])]
    four = [
        b"\2" + pack("<i", 35_250_000),
        b"\3" + pack("<i", -33_750_000),
        b"\4" + pack("<I", 1_772_337_906 - 946_684_800),
    ]
    rest = [kind + bytes((len(item),)) + item for kind, item in more]
    report = b"\0\0" + b"".join(bytes((len(group),)) + b"".join(group) for group in (one, two, four, rest))
    return meitrack_frame("CCE", bytes(4) + b"\1\0" + pack("<H", len(report)) + report)


VEHICLE_STREAMS["meitrack"] = [
    meitrack_text(),
    meitrack_batch(meitrack_record(35), meitrack_record(17)),
    meitrack_items(1, (b"\x0e", pack("<HHHIh", 901, 70, 0x1234, 0x5678, -96))),
    meitrack_frame("AAC", b"1"),
    meitrack_frame("D00", b"a.jpg,2,0,\xff\xd8"),
]


GL200_PLACE = "1,4.3,92,70.0,-33.750000,35.250000,20260301040506"
GL200_CELL = "0901,0070,1234,00005678"


def gl200_text(kind: str = "SOS", *, where: str = GL200_PLACE, head: str = "+RESP", detail: str = "0") -> bytes:
    front = f"{head}:GT{kind},1A0800,990000000000027,GL300,,{detail},1,"
    return f"{front}{where},{GL200_CELL},,93,20260301040510,03C4$".encode()


def gl200_event(kind: int = 6, *, identity: bytes = bytes((99, 0, 0, 0, 0, 0, 2, 7)), extra: int = 2) -> bytes:
    place = b"\1" + (43).to_bytes(3, "big") + pack(">HhiiH", 92, 70, -33_750_000, 35_250_000, 2026) + b"\3\1\4\5\6"
    cell = pack(">HHHH", 901, 70, 0x1234, 0x5678)
    body = identity + b"\x5d" + pack(">H", 3900) + b"\x21\x09" + bytes(extra) + b"\1" + place + cell + b"\0"
    tail = pack(">HBBBBBHH", 2026, 3, 1, 4, 5, 10, 7, 0) + b"\r\n"
    head = b"+EVT" + bytes((kind,)) + bytes(4)
    return head + pack(">HBHH", 16 + len(body) + len(tail), 0x1A, 0x0800, 1) + body + tail


VEHICLE_STREAMS["gl200"] = [
    gl200_text(),
    gl200_event(),
    gl200_text("FRI"),
    b"+ACK:GTHBD,1A0401,990000000000027,,20260301040506,11F0$",
]
