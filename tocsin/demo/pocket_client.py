"""How the demo's page looks into the pretend carriers, which run in another process. See `control.py`."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx

from tocsin.demo.control import TOKEN_HEADER

ASK_S = 10.0


class CarriersAwayError(Exception):
    """The pretend carriers do not answer. The page says so and shows no phones."""


class PocketClient:
    """A client for one page: `with PocketClient(url, token) as pockets`."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers={TOKEN_HEADER: token}, timeout=ASK_S, trust_env=False)

    def __enter__(self) -> "PocketClient":
        """For `with`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self._http.close()

    def overview(self) -> dict[str, Any]:
        """Return `pockets` (each with `address`, `kind`, `notes`), `count`, `clients` and `misbehaviour`."""
        return self._ask("GET", "/pockets")

    def notes(self, address: str) -> list[dict[str, Any]]:
        """Return one person's messages, oldest first."""
        return list(self._ask("GET", f"/pockets/{quote(address, safe='')}")["notes"])

    def reply(self, address: str, text: str) -> bool:
        """Answer by SMS as this person. Returns whether Tocsin took it."""
        answer = self._ask("POST", f"/pockets/{quote(address, safe='')}/reply", {"text": text})
        return bool(answer["is_taken"])

    def misbehave(self, **changes: object) -> dict[str, Any]:
        """Make the carriers go wrong in the given ways; without any, right again. Returns how they behave now."""
        return self._ask("POST", "/misbehave", changes)

    def empty(self) -> None:
        """Empty every pocket."""
        self._ask("POST", "/empty")

    def _ask(self, method: str, path: str, document: Mapping[str, object] | None = None) -> dict[str, Any]:
        try:
            answer = self._http.request(method, path, json=document)
        except httpx.TransportError as error:
            raise CarriersAwayError(f"the pretend carriers do not answer ({type(error).__name__})") from error
        result: dict[str, Any] = answer.json()
        if answer.is_error:
            raise CarriersAwayError(str(result.get("error", answer.status_code)))
        return result


def social_address(control_url: str, token: str) -> str:
    """Return the Apprise address of the pretend social network."""
    return f"{control_url.replace('http://', 'json://', 1)}/social?+{TOKEN_HEADER}={quote(token, safe='')}"
