"""A frame's row and its sealed contents, without a database."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.sealing import SealError
from tocsin.gateway.frames import (
    Contents,
    RowFacts,
    Sealer,
    UidMaker,
    binary_alarms,
    binary_row,
    binary_text,
    contents_preface,
    microseconds,
    open_contents,
    read_row,
)
from tocsin.protocols.base import Alarm, Session

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
AT = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)
SESSIONS = st.builds(
    Session,
    device_uid=st.none() | st.text(max_size=20),
    utc_offset_s=st.integers(-50_000, 50_000),
    facts=st.dictionaries(st.text(max_size=5), st.text(max_size=5) | st.integers() | st.booleans(), max_size=3),
    parts=st.lists(st.binary(max_size=20), max_size=3).map(tuple),
)


@given(raw=st.binary(max_size=300), uid=st.none() | st.text(max_size=20), session=SESSIONS)
def test_contents_come_back_as_they_were(raw, uid, session):
    sealed = Sealer(KEY).seal(raw, contents_preface("[::1]:5", uid, session))
    assert open_contents(sealed, journal_key=KEY) == Contents(raw, "[::1]:5", uid, session)


def test_contents_show_nothing_without_the_key():
    sealed = Sealer(KEY).seal(b"SECRET" * 20, contents_preface("127.0.0.1:1", "990000000000001", Session()))
    assert b"SECRET" not in sealed
    assert b"990000000000001" not in sealed
    with pytest.raises(SealError):
        open_contents(sealed, journal_key=OTHER_KEY)


@given(
    uid=st.binary(min_size=16, max_size=16),
    index=st.none() | st.binary(min_size=16, max_size=16),
    alarms=st.frozensets(st.sampled_from(list(Alarm))),
    sealed=st.binary(max_size=100),
)
def test_the_spool_can_read_what_a_row_tells(uid, index, alarms, sealed):
    row = binary_row(
        uid=uid,
        received_us=microseconds(AT),
        protocol=binary_text("gt06"),
        uid_index=index,
        alarms=binary_alarms(alarms),
        is_readable=True,
        sealed=sealed,
        state=binary_text("quiet"),
    )
    assert read_row(row) == RowFacts(UUID(bytes=uid), AT, "gt06", index, alarms)


def test_uids_are_unique_and_grow_with_time():
    makers = [UidMaker(), UidMaker()]
    early = [maker.next(microseconds(AT)) for maker in makers for _ in range(1000)]
    late = makers[0].next(microseconds(AT + timedelta(milliseconds=1)))
    assert len(set(early)) == 2000
    assert max(early) < late
    uid = UUID(bytes=late)
    assert (uid.version, uid.variant) == (7, "specified in RFC 4122")
    assert uid.int >> 80 == int((AT + timedelta(milliseconds=1)).timestamp() * 1000)
