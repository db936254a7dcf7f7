"""A device that presses again and again, and counts what was answered: each of these calls must be kept."""

import socket
import threading
from typing import Self

from tests.journeys.stage import Stage
from tocsin.core import clock
from tocsin.demo.wristband import DEMO_UIDS, Press, gt06_alarm, gt06_login

PAUSE_S = 0.01
ANSWER_S = 5.0


class Hammer:
    """`with Hammer(stage) as hammer`: it presses until the end of the block, and connects again whenever it is cut."""

    def __init__(self, stage: Stage) -> None:
        self.answered = 0
        self._address = ("127.0.0.1", stage.port_of("gt06"))
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hammer")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                with socket.create_connection(self._address, timeout=ANSWER_S) as connection:
                    connection.sendall(gt06_login(DEMO_UIDS["gt06"]))
                    connection.recv(4096)
                    self._press(connection)
            except OSError:
                self._is_over.wait(0.1)

    def _press(self, connection: socket.socket) -> None:
        while not self._is_over.is_set():
            serial = self.answered % 60_000 + 2
            connection.sendall(gt06_alarm(Press(clock.now()), code=0x01, says_sos=True, serial=serial))
            if not connection.recv(4096):
                return
            self.answered += 1
            self._is_over.wait(PAUSE_S)
