"""The process that runs Apprise: a JSON line in for each message, a JSON line out for each answer. See `chat.py`.

Started by its path and in isolated mode: it can import nothing of ours. It ends when its input ends.
"""

import json
import logging
import re
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import apprise

SERVICE_S = 20.0  # Less than the other side waits, so that the answer names the service and not us.
_STATUS = re.compile(r"\berror[=: ]\s*([1-5]\d\d)\b")


class Listener(logging.Handler):
    """Keeps the last HTTP status that Apprise logged in each thread; nothing else of its words leaves this process."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        """Note the status, if the line names one."""
        found = _STATUS.search(record.getMessage())
        if found:
            self.seen.status = int(found[1])

    def take(self) -> int | None:
        """Return the status seen in this thread since the last call."""
        status: int | None = getattr(self.seen, "status", None)
        self.seen.status = None
        return status


def main() -> None:
    """Answer until the input ends."""
    logger = logging.getLogger("apprise")
    listener = Listener()
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    asset = apprise.AppriseAsset(
        async_mode=False,
        storage_mode="memory",  # Nothing is written to this machine.
        allow_templates=False,
        service_timeout=SERVICE_S,
        pgp_autogen=False,
        pem_autogen=False,
    )
    writing = threading.Lock()

    def answer(number: int, delivery: Future[dict[str, Any]]) -> None:
        """Write what came of a message. A service that raised has not taken it."""
        result = {"is_ok": False} if delivery.exception() else delivery.result()
        with writing:
            sys.stdout.buffer.write(json.dumps({"id": number, **result}).encode() + b"\n")
            sys.stdout.buffer.flush()

    with ThreadPoolExecutor(max_workers=int(sys.argv[1])) as pool:
        for line in sys.stdin.buffer:
            message = json.loads(line)
            pool.submit(deliver, message, asset, listener).add_done_callback(partial(answer, message["id"]))


def deliver(message: dict[str, Any], asset: apprise.AppriseAsset, listener: Listener) -> dict[str, Any]:
    """Send one message and say what came of it."""
    listener.take()
    service = apprise.Apprise.instantiate(message["url"], asset=asset, suppress_exceptions=True)
    if service is None:
        return {"is_ok": False, "unknown": True}
    is_ok = bool(service.notify(body=message["body"], title=message["title"], body_format="text"))
    return {"is_ok": is_ok, "status": None if is_ok else listener.take()}


if __name__ == "__main__":
    main()
