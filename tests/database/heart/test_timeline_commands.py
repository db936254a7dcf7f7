"""A timeline leaves the house as a file that proves itself."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.heart_scene import NOW, cry, done, make_scene
from tocsin.incidents import actions
from tocsin.incidents.actions_alarms import raise_alarm
from tocsin.incidents.models import Incident
from tocsin.people.models import Look


@pytest.fixture
def incident(db) -> Incident:
    scene = make_scene()
    made = raise_alarm(cry(scene), now=NOW)
    done(actions.write_note(made.pk, text="The gate was open. بوابة", staff_id=scene.duty.pk, now=NOW))
    return made


def exported(incident: Incident, **options: bool) -> str:
    written = StringIO()
    call_command("export_timeline", str(incident.pk), stdout=written, **options)
    return written.getvalue()


def verified(path: Path) -> str:
    said = StringIO()
    call_command("verify_timeline", str(path), stdout=said)
    return said.getvalue()


def test_a_file_with_texts_is_whole_and_the_look_is_logged(incident: Incident, tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    path.write_text(exported(incident, with_texts=True), encoding="utf-8")
    assert "The gate was open." in path.read_text(encoding="utf-8")
    assert "1 texts are in the file" in verified(path)
    assert Look.objects.filter(subject=incident.uid, purpose="timeline export").exists()


def test_a_file_without_texts_holds_none_and_has_the_same_head(incident: Incident, tmp_path: Path) -> None:
    open_file, sealed_file = tmp_path / "open.jsonl", tmp_path / "sealed.jsonl"
    open_file.write_text(exported(incident, with_texts=True), encoding="utf-8")
    sealed_file.write_text(exported(incident), encoding="utf-8")
    assert "gate" not in sealed_file.read_text(encoding="utf-8")
    heads = [next(line for line in verified(path).splitlines() if "Head" in line) for path in (open_file, sealed_file)]
    assert heads[0] == heads[1]


def test_a_changed_file_is_refused_with_its_line(incident: Incident, tmp_path: Path) -> None:
    path = tmp_path / "timeline.jsonl"
    lines = exported(incident, with_texts=True).splitlines()
    place = next(number for number, line in enumerate(lines, start=1) if "was open" in line)
    path.write_text("\n".join(lines).replace("was open", "was shut"), encoding="utf-8")
    with pytest.raises(CommandError, match=f"line {place}: the text of this entry was changed"):
        verified(path)


def test_what_is_not_there_is_said(incident: Incident, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        verified(tmp_path / "missing.jsonl")
    with pytest.raises(CommandError, match="There is no incident 999"):
        call_command("export_timeline", "999")
    (tmp_path / "odd").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="cannot be read"):
        verified(tmp_path / "odd")
