"""`tocsin device press`: a simulated wristband presses once, over real TCP, and shows what came back.

`tocsin device issue`: give a device to a defender, or give one on.
"""

import socket
import time
from argparse import ArgumentParser

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from tocsin.core.access import program
from tocsin.core.answers import Refused
from tocsin.core.clock import now
from tocsin.demo.wristband import BUILDERS, DEMO_LAT_DEG, DEMO_LON_DEG, DEMO_UIDS, Press, frames_of
from tocsin.devices.actions_import import import_device
from tocsin.protocols.base import Alarm
from tocsin.protocols.registry import CODECS

ANSWER_TIMEOUT_S = 15.0
ANSWER_BYTES_MAX = 4096


class Command(BaseCommand):
    """Send a login and an alarm as a device does, and wait for each answer; or issue a device."""

    help = "Press the button of a simulated wristband once, or issue a device to a defender."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the two words that may follow."""
        words = parser.add_subparsers(dest="action", required=True)
        self._press_arguments(words.add_parser("press", help="press the button of a simulated wristband"))
        self._issue_arguments(words.add_parser("issue", help="give a device to a defender"))

    def _press_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--protocol", choices=sorted(BUILDERS), default="gt06")
        parser.add_argument("--uid", help="the device's identity; without it the demo's wristband")
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, help="without it the protocol's port plus TOCSIN_GATEWAY_PORT_OFFSET")
        parser.add_argument("--lat", type=float, default=DEMO_LAT_DEG, help="degrees, south negative")
        parser.add_argument("--lon", type=float, default=DEMO_LON_DEG, help="degrees, west negative")
        parser.add_argument("--fall", action="store_true", help="the wearer fell as well")
        parser.add_argument("--torn-off", action="store_true", help="the band was torn off as well")
        parser.add_argument("--no-fix", action="store_true", help="the device does not know where it is")

    def _issue_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--protocol", choices=sorted(CODECS), required=True)
        parser.add_argument("--uid", required=True, help="what the device calls itself: mostly its IMEI")
        parser.add_argument("--to", default="", help="number or mail address of the defender; without it, nobody yet")
        parser.add_argument("--number", default="", help="number of its SIM card")
        parser.add_argument("--label", default="", help="such as 'grey wristband 7'; never a name")

    def handle(self, *args: object, **options: object) -> None:
        """Do one of the two."""
        if options["action"] == "issue":
            self._issue(options)
        else:
            self._press(options)

    def _issue(self, options: dict[str, object]) -> None:
        """Store the device, and say what to do next."""
        answer = import_device(
            protocol=str(options["protocol"]),
            device_uid=str(options["uid"]),
            number=str(options["number"]),
            label=str(options["label"]),
            defender=str(options["to"]),
            by=program("command line"),
            now=now(),
        )
        if isinstance(answer, Refused):
            raise CommandError(answer.reason)
        port = CODECS[str(options["protocol"])].port + settings.TOCSIN_GATEWAY_PORT_OFFSET
        self.stdout.write(f"Stored ({answer}). Point the device to this machine, port {port}, and press it once.")

    def _press(self, options: dict[str, object]) -> None:
        """Send each frame, wait for its answer, print both with their times."""
        protocol = str(options["protocol"])
        codec = CODECS[protocol]
        port = options["port"] or codec.port + settings.TOCSIN_GATEWAY_PORT_OFFSET
        if not (-90 <= options["lat"] <= 90 and -180 <= options["lon"] <= 180):  # type: ignore[operator]
            raise CommandError("--lat is from -90 to 90 and --lon from -180 to 180.")
        frames = frames_of(protocol, str(options["uid"] or DEMO_UIDS[protocol]), press_of(options))
        try:
            self._send(frames, str(options["host"]), int(port))  # type: ignore[call-overload]
        except OSError as error:
            raise CommandError(
                f"Nothing hears {protocol} at {options['host']}:{port} ({error.strerror or error}). "
                "Start the gateway: tocsin serve, or tocsin gateway."
            ) from error

    def _send(self, frames: list[bytes], host: str, port: int) -> None:
        started = time.perf_counter()

        def say(words: str) -> None:
            self.stdout.write(f"{(time.perf_counter() - started) * 1000:8.1f} ms  {words}")

        with socket.create_connection((host, port), timeout=ANSWER_TIMEOUT_S) as connection:
            say(f"connected to {host}:{port}")
            for frame in frames:
                connection.sendall(frame)
                say(f"sent      {shown(frame)}")
                try:
                    answer = connection.recv(ANSWER_BYTES_MAX)
                except TimeoutError as error:
                    raise CommandError(
                        f"No answer within {ANSWER_TIMEOUT_S:.0f} s. Look at the gateway's output."
                    ) from error
                if not answer:
                    raise CommandError("The gateway closed the connection without an answer. Look at its output.")
                say(f"answered  {shown(answer)}")


def press_of(options: dict[str, object]) -> Press:
    """Make the press that the options describe."""
    extra = {Alarm.FALL: options["fall"], Alarm.TORN_OFF: options["torn_off"]}
    alarms = frozenset({Alarm.SOS, *(alarm for alarm, is_set in extra.items() if is_set)})
    has_fix = not options["no_fix"]
    lat, lon = float(str(options["lat"])), float(str(options["lon"]))
    return Press(now(), lat if has_fix else None, lon if has_fix else None, alarms)


def shown(data: bytes) -> str:
    """Write bytes so that a person can compare them with a manual: text as text, the rest in hexadecimal."""
    text = data.decode("ascii", "replace")
    if all(character.isprintable() or character in "\r\n" for character in text) and "\ufffd" not in text:
        return text.replace("\r\n", " ").strip()
    return data.hex(" ")
