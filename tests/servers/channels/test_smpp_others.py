"""SMS against carriers that others wrote: npm `smpp` (a process of node) and the server of PyPI `smpp34` (Rust)."""

import asyncio
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import smpp34

from tocsin.channels.base import DeliveryReceipt, Incoming, Outgoing, SendError

SARA = "+447700900123"
ARABIC = "استغاثة من سارة 😀. اتصل بالمقر الآن. أجب 1 نعم، 2 لا. " * 5


class NpmCarrier:
    """The process of node, spoken to in JSON lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def next(self, event: str) -> dict:
        async with asyncio.timeout(20):
            while line := await self._process.stdout.readline():
                told = json.loads(line)
                if told["event"] == event:
                    return told
        raise AssertionError("node ended")

    def deliver(self, **fields: object) -> None:
        self._process.stdin.write(json.dumps(fields).encode() + b"\n")


@pytest.fixture(scope="session")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whoever has only Python, or may not reach npm's registry, goes without this proof; the summary says so loudly."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("NODE AND NPM ARE MISSING: SMPP WAS NOT PROVED AGAINST NPM'S SMPP IN THIS RUN")
    folder = tmp_path_factory.mktemp("npm")
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--loglevel=error", "smpp@0.5.1"]
    installed = subprocess.run(command, check=False, capture_output=True, timeout=120)
    if installed.returncode:
        pytest.skip("NPM COULD NOT FETCH smpp@0.5.1: SMPP WAS NOT PROVED AGAINST IT IN THIS RUN")
    return folder / "node_modules"


@pytest_asyncio.fixture
async def npm(node_modules: Path, open_started) -> AsyncIterator[NpmCarrier]:
    process = await asyncio.create_subprocess_exec(
        "node",
        str(Path(__file__).with_name("npm_carrier.js")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "NODE_PATH": str(node_modules)},
    )
    yield NpmCarrier(process)
    if process.returncode is None:
        process.kill()
    await process.wait()
    process._transport.close()


async def test_npm_smpp_reads_what_we_send(npm, open_started):
    port = (await npm.next("listening"))["port"]
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{port}?sender=Tocsin")
    for text, coding in (("Alarm €[1] {£}", 0), ("استغاثة 😀", 8)):
        receipt = await route.send(Outgoing("n-1", SARA, text))
        told = await npm.next("submit")
        assert (told["text"], told["data_coding"], told["id"]) == (text, coding, receipt.carrier_id)
        assert (told["source"], told["destination"]) == ("Tocsin", SARA[1:])


@pytest.mark.parametrize("text", [ARABIC, "Call headquarters now €. " * 20])
async def test_npm_smpp_reads_each_part(npm, open_started, text):
    port = (await npm.next("listening"))["port"]
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{port}?sender=Tocsin")
    receipt = await route.send(Outgoing("n-1", SARA, text))
    total = int(receipt.carrier_id.partition("+")[2]) + 1
    told = [await npm.next("submit") for _ in range(total)]
    assert "".join(each["text"] for each in told) == text
    headers = [each["udh"][0] for each in told]
    assert [header[-2:] for header in headers] == [[total, number] for number in range(1, total + 1)]
    assert len({tuple(header[:-2]) for header in headers}) == 1


async def test_npm_smpp_brings_answers_and_receipts(npm, open_started, inbox):
    port = (await npm.next("listening"))["port"]
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{port}?sender=12345")
    receipt = await route.send(Outgoing("n-1", SARA, "Alarm"))
    person = {"source_addr": SARA[1:], "source_addr_ton": 1, "source_addr_npi": 1, "destination_addr": "12345"}
    for text in ("1", "نعم، أنا في الطريق", "€uro [ok]"):
        npm.deliver(**person, short_message=text)
        assert (await npm.next("taken"))["status"] == 0
        assert inbox.messages[-1] == Incoming("sms", SARA, text, "", inbox.messages[-1].at)
    told = f"id:{receipt.carrier_id} sub:001 dlvrd:001 submit date:2611230300 done date:2611230301 stat:DELIVRD err:000"
    npm.deliver(**person, short_message=told, esm_class=4)
    assert (await npm.next("taken"))["status"] == 0
    at = inbox.receipts[0].at
    assert inbox.receipts == [DeliveryReceipt("sms", receipt.carrier_id, is_delivered=True, reason="", at=at)]


async def test_npm_smpp_hears_the_goodbye(npm, open_started):
    port = (await npm.next("listening"))["port"]
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{port}?sender=Tocsin")
    told = await npm.next("bound")
    assert (told["system_id"], told["password"]) == ("tocsin", "secret")
    await route.wait_until_bound()
    await route.stop()
    await npm.next("unbound")


class RustCarrier:
    """The server of smpp34: accepts everything but one number, and keeps what it saw."""

    def __init__(self, server: smpp34.Server) -> None:
        self.server = server
        self.seen: list[smpp34.SubmitSmEvent] = []
        self.client: asyncio.Future[smpp34.Esme] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        while True:
            event = await self.server.next()
            if isinstance(event, smpp34.Esme):
                self.client.set_result(event)
            elif isinstance(event, smpp34.SubmitSmEvent):
                self.seen.append(event)
                if event.destination_addr.endswith("999"):
                    event.reject(smpp34.ESME_RINVDSTADR)
                else:
                    event.accept(message_id=f"r-{len(self.seen)}")


@pytest_asyncio.fixture
async def rust(unused_tcp_port: int, open_started) -> AsyncIterator[RustCarrier]:
    server = smpp34.Server(host="127.0.0.1", port=unused_tcp_port, system_id="rust")
    await server.start()
    carrier = RustCarrier(server)
    carrier.port = unused_tcp_port
    running = asyncio.ensure_future(carrier.run())
    yield carrier
    running.cancel()
    await asyncio.wait([running])
    await server.stop()


async def test_smpp34_takes_and_refuses(rust, open_started):
    route = await open_started(f"smpp://tocsin:secret@127.0.0.1:{rust.port}?sender=Tocsin")
    assert (await route.send(Outgoing("n-1", SARA, "Alarm €"))).carrier_id == "r-1"
    assert (rust.seen[0].source_addr, rust.seen[0].short_message) == ("Tocsin", b"Alarm \x1be")
    with pytest.raises(SendError, match="no such number") as caught:
        await route.send(Outgoing("n-2", "+447700900999", "Alarm"))
    assert caught.value.permanent
    receipts = await asyncio.gather(*(route.send(Outgoing(f"m-{n}", SARA, str(n))) for n in range(500)))
    assert len({receipt.carrier_id for receipt in receipts}) == 500


async def test_smpp34_brings_answers_and_receipts(rust, open_started, inbox):
    await open_started(f"smpp://tocsin:secret@127.0.0.1:{rust.port}?sender=Tocsin")
    async with asyncio.timeout(20):
        client = await rust.client
        text = "نعم".encode("utf-16-be")
        answer = await client.deliver_sm(source_addr=SARA, destination_addr="Tocsin", short_message=text, data_coding=8)
        assert answer.is_success
        told = await client.deliver_sm(
            source_addr=SARA,
            destination_addr="Tocsin",
            short_message=b"",
            esm_class=4,
            tlvs=[
                smpp34.Tlv(smpp34.TLV_RECEIPTED_MESSAGE_ID, b"r-1\0"),
                smpp34.Tlv(smpp34.TLV_MESSAGE_STATE, b"\x05"),
            ],
        )
    assert told.is_success
    assert [(each.sender, each.body) for each in inbox.messages] == [(SARA, "نعم")]
    assert [(each.carrier_id, each.is_delivered) for each in inbox.receipts] == [("r-1", False)]
