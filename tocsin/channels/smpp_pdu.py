"""SMPP 3.4 protocol data units ("units"): bytes to values and back. Pure: no socket, no clock.

Source: Short Message Peer to Peer Protocol Specification v3.4, Issue 1.2 (1999): section 3.2 for the layout,
section 4 for the units, section 5.2 for the fields and 5.3 for the optional parameters.

Reading is lenient where carriers are careless and no harm follows (over-long strings, a torn optional parameter at the
end); writing is strict.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

HEADER = struct.Struct(">IIII")  # Length, command, status, sequence.
UNIT_BYTES_MAX = 70_000  # `message_payload` may hold 65,535 bytes; anything longer is nonsense.
NAME_BYTES_MAX = 64  # A message's id.
SEQUENCE_MAX = 0x7FFFFFFF
ANSWER_BIT = 0x80000000
INTERFACE_VERSION = 0x34

_LENGTH = struct.Struct(">I")
_TLV = struct.Struct(">HH")


class Command(IntEnum):
    """What a unit asks. The answer to each carries the same number with the highest bit set."""

    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    OUTBIND = 0x0B
    ENQUIRE_LINK = 0x15
    ALERT_NOTIFICATION = 0x102
    DATA_SM = 0x103
    GENERIC_NACK = 0x80000000


class Tag(IntEnum):
    """Optional parameters that Tocsin reads or writes."""

    RECEIPTED_MESSAGE_ID = 0x001E
    USER_MESSAGE_REFERENCE = 0x0204
    SAR_REFERENCE = 0x020C
    SAR_TOTAL = 0x020E
    SAR_NUMBER = 0x020F
    NETWORK_ERROR_CODE = 0x0423
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


class PduError(ValueError):
    """A unit that cannot be read or written. The words name the field, never what stands in it."""


class Pdu(NamedTuple):
    """One unit with its body still unread."""

    command: int
    status: int
    sequence: int
    body: bytes

    @property
    def is_answer(self) -> bool:
        """Say whether this unit answers one of ours."""
        return bool(self.command & ANSWER_BIT)


class Address(NamedTuple):
    """A number or name, with its type of number and numbering plan (section 5.2.5 and 5.2.6)."""

    digits: str
    ton: int = 0
    npi: int = 0


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """The body of a `submit_sm`, `deliver_sm` or `data_sm`."""

    source: Address
    destination: Address
    text: bytes = b""  # `short_message` as it stands, a user data header included.
    esm_class: int = 0
    data_coding: int = 0
    registered_delivery: int = 0
    validity_period: str = ""
    service_type: str = ""
    protocol_id: int = 0
    priority: int = 0
    schedule: str = ""
    replace_if_present: int = 0
    default_message_id: int = 0
    tlvs: tuple[tuple[int, bytes], ...] = ()

    def tlv(self, tag: int) -> bytes | None:
        """Return the first optional parameter of that tag, or `None`."""
        return next((value for each, value in self.tlvs if each == tag), None)

    @property
    def payload(self) -> bytes:
        """The text, wherever the carrier put it (section 5.3.2.32)."""
        return self.text or self.tlv(Tag.MESSAGE_PAYLOAD) or b""


class Bind(NamedTuple):
    """Who signs in, and how."""

    system_id: str
    password: str
    system_type: str = ""
    interface_version: int = INTERFACE_VERSION


def encode(command: int, status: int, sequence: int, body: bytes = b"") -> bytes:
    """Return the whole unit."""
    return HEADER.pack(16 + len(body), command, status, sequence) + body


def split(data: bytes) -> tuple[list[Pdu], bytes]:
    """Cut whole units off the front. Stops at a length that is nonsense: ask `has_bad_length(rest)`."""
    units: list[Pdu] = []
    start, end = 0, len(data)
    while end - start >= 16:
        length, command, status, sequence = HEADER.unpack_from(data, start)
        if not 16 <= length <= UNIT_BYTES_MAX or start + length > end:
            break
        units.append(Pdu(command, status, sequence, data[start + 16 : start + length]))
        start += length
    return units, data[start:]


def has_bad_length(rest: bytes) -> bool:
    """Say whether no unit can begin here, so that the stream cannot be read any further."""
    return len(rest) >= 4 and not 16 <= _LENGTH.unpack_from(rest)[0] <= UNIT_BYTES_MAX


def encode_bind(bind: Bind) -> bytes:
    """Return the body of any of the three binds. The address range stays empty: the carrier knows our numbers."""
    return b"".join(
        (
            _c_string(bind.system_id, 15, "system_id"),
            # The specification allows 8 characters; many carriers give out longer ones.
            _c_string(bind.password, 64, "password"),
            _c_string(bind.system_type, 12, "system_type"),
            bytes((bind.interface_version, 0, 0)),
            b"\0",
        )
    )


def decode_bind(body: bytes) -> Bind:
    """Read the body of any of the three binds. Raises `PduError`, and nothing else."""
    system_id, at = _read_c_string(body, 0, "system_id")
    password, at = _read_c_string(body, at, "password")
    system_type, at = _read_c_string(body, at, "system_type")
    return Bind(system_id, password, system_type, _read_bytes(body, at, 1, "interface_version")[0])


def encode_name(name: str) -> bytes:
    """Return the body of an answer that holds one string: a message's id, or who was bound."""
    return _c_string(name, NAME_BYTES_MAX, "message_id")


def decode_name(body: bytes) -> str:
    """Read the string that an answer holds. Carriers forget the closing zero, or send nothing when they refuse."""
    return body.split(b"\0", 1)[0][:NAME_BYTES_MAX].decode("latin-1")


def encode_message(message: ShortMessage) -> bytes:
    """Return the body of a `submit_sm` or `deliver_sm`."""
    text = message.text
    if len(text) > 254:
        raise PduError("short_message is longer than 254 bytes")
    return b"".join(
        (
            _c_string(message.service_type, 5, "service_type"),
            _address(message.source, "source_addr"),
            _address(message.destination, "destination_addr"),
            _octets(message.esm_class, message.protocol_id, message.priority),
            _c_string(message.schedule, 16, "schedule_delivery_time"),
            _c_string(message.validity_period, 16, "validity_period"),
            _octets(
                message.registered_delivery,
                message.replace_if_present,
                message.data_coding,
                message.default_message_id,
                len(text),
            ),
            text,
            _tlvs(message.tlvs),
        )
    )


def decode_message(body: bytes) -> ShortMessage:
    """Read the body of a `submit_sm` or `deliver_sm`. Raises `PduError`, and nothing else."""
    service_type, at = _read_c_string(body, 0, "service_type")
    source, at = _read_address(body, at, "source_addr")
    destination, at = _read_address(body, at, "destination_addr")
    esm_class, protocol_id, priority = _read_bytes(body, at, 3, "esm_class")
    schedule, at = _read_c_string(body, at + 3, "schedule_delivery_time")
    validity_period, at = _read_c_string(body, at, "validity_period")
    registered, replace, coding, default_id, length = _read_bytes(body, at, 5, "sm_length")
    # A text cut short by a careless carrier is still somebody's text.
    text = body[at + 5 : at + 5 + length]
    return ShortMessage(
        service_type=service_type,
        source=source,
        destination=destination,
        esm_class=esm_class,
        protocol_id=protocol_id,
        priority=priority,
        schedule=schedule,
        validity_period=validity_period,
        registered_delivery=registered,
        replace_if_present=replace,
        data_coding=coding,
        default_message_id=default_id,
        text=text,
        tlvs=_read_tlvs(body, at + 5 + length),
    )


def encode_data(message: ShortMessage) -> bytes:
    """Return the body of a `data_sm`. The text goes into `message_payload`, since this unit has no other place."""
    payload = ((int(Tag.MESSAGE_PAYLOAD), message.text),) if message.text else ()
    return b"".join(
        (
            _c_string(message.service_type, 5, "service_type"),
            _address(message.source, "source_addr"),
            _address(message.destination, "destination_addr"),
            _octets(message.esm_class, message.registered_delivery, message.data_coding),
            _tlvs(message.tlvs + payload),
        )
    )


def decode_data(body: bytes) -> ShortMessage:
    """Read the body of a `data_sm`. Raises `PduError`, and nothing else."""
    service_type, at = _read_c_string(body, 0, "service_type")
    source, at = _read_address(body, at, "source_addr")
    destination, at = _read_address(body, at, "destination_addr")
    esm_class, registered, coding = _read_bytes(body, at, 3, "data_coding")
    return ShortMessage(
        service_type=service_type,
        source=source,
        destination=destination,
        esm_class=esm_class,
        registered_delivery=registered,
        data_coding=coding,
        tlvs=_read_tlvs(body, at + 3),
    )


def _c_string(text: str, chars_max: int, field: str) -> bytes:
    """Return text with its closing zero. Latin-1, so that what a carrier sent can be sent back unchanged."""
    try:
        data = text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise PduError(f"{field} has characters that SMPP cannot carry") from error
    if b"\0" in data:
        raise PduError(f"{field} has a zero byte in it")
    if len(data) > chars_max:
        raise PduError(f"{field} is longer than {chars_max} characters")
    return data + b"\0"


def _octets(*values: int) -> bytes:
    try:
        return bytes(values)
    except ValueError as error:
        raise PduError("a field of one byte is above 255") from error


def _address(address: Address, field: str) -> bytes:
    return _octets(address.ton, address.npi) + _c_string(address.digits, 64, field)


def _tlvs(tlvs: tuple[tuple[int, bytes], ...]) -> bytes:
    if not tlvs:
        return b""
    if any(len(value) > 0xFFFF for _tag, value in tlvs):
        raise PduError("an optional parameter is longer than 65,535 bytes")
    return b"".join(_TLV.pack(tag, len(value)) + value for tag, value in tlvs)


def _read_c_string(body: bytes, at: int, field: str) -> tuple[str, int]:
    end = body.find(b"\0", at)
    if end < 0:
        raise PduError(f"{field} has no end")
    return body[at:end].decode("latin-1"), end + 1


def _read_bytes(body: bytes, at: int, count: int, field: str) -> bytes:
    if len(body) < at + count:
        raise PduError(f"the unit ends before {field} does")
    return body[at : at + count]


def _read_address(body: bytes, at: int, field: str) -> tuple[Address, int]:
    ton, npi = _read_bytes(body, at, 2, field)
    digits, at = _read_c_string(body, at + 2, field)
    return Address(digits, ton, npi), at


def _read_tlvs(body: bytes, at: int) -> tuple[tuple[int, bytes], ...]:
    """Read what is whole. A torn parameter at the end is left out: the message before it is worth more."""
    tlvs: list[tuple[int, bytes]] = []
    while at + 4 <= len(body):
        tag, length = _TLV.unpack_from(body, at)
        if at + 4 + length > len(body):
            break
        tlvs.append((tag, body[at + 4 : at + 4 + length]))
        at += 4 + length
    return tuple(tlvs)
