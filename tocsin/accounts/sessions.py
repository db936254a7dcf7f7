"""Sessions of staff, of which a stolen database shows nothing: the key is stored as a digest, the contents sealed.

Named in the setting SESSION_ENGINE; Django asks for a class `SessionStore`.
"""

import base64
import hashlib
import json
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.models import Session
from django.utils.functional import cached_property

from tocsin.core import clock
from tocsin.core.sealing import SealError, open_sealed, seal
from tocsin.people.queries import keyring

CONTEXT = "session"


def stored_key(session_key: str) -> str:
    """Give the form in which a session's key is stored: who reads the table cannot use it as a cookie."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(DatabaseStore):
    """Django's database sessions, sealed."""

    @cached_property
    def _seal_key(self) -> bytes:
        return keyring().derive("session contents")

    def encode(self, session_dict: dict[str, Any]) -> str:
        plain = json.dumps(session_dict, separators=(",", ":")).encode()
        return base64.b64encode(seal(plain, key=self._seal_key, context=CONTEXT)).decode()

    def decode(self, session_data: str) -> dict[str, Any]:
        try:
            return json.loads(open_sealed(base64.b64decode(session_data), key=self._seal_key, context=CONTEXT))
        except (SealError, ValueError):
            return {}  # Of another key file: everybody signs in again.

    def _get_session_from_db(self) -> Session | None:
        row = Session.objects.filter(
            session_key=stored_key(self.session_key or ""), expire_date__gt=clock.now()
        ).first()
        if row is None:
            self._session_key = None
        return row

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))
