"""Every setting, command, protocol and channel has its words in docs/. Habit: Datasette's `test_docs.py`."""

import re
from pathlib import Path

import pytest

from tocsin.channels.registry import CHANNELS
from tocsin.protocols.registry import CODECS
from tocsin.settings import SETTINGS

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COMMANDS = sorted(p.stem for p in (ROOT / "tocsin/management/commands").glob("[a-z]*.py"))


def text_of(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_settings(setting) -> None:
    row = next((line for line in text_of("settings.md").splitlines() if f"`TOCSIN_{setting.name}`" in line), "")
    assert setting.sentence in row, "run `tocsin docs` to write the table again"
    assert setting.unit in row
    assert setting.default in row


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(command: str) -> None:
    assert f"`tocsin {command.replace('_', '-')}" in text_of("commands.md")


@pytest.mark.parametrize("protocol", CODECS)
def test_protocols(protocol: str) -> None:
    page = text_of(f"protocols/{protocol}.md")
    assert str(CODECS[protocol].port) in page


@pytest.mark.parametrize("channel", CHANNELS)
def test_channels(channel: str) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (DOCS / "channels").glob("*.md"))
    assert f"`{channel}`" in pages


def test_links_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert not broken
