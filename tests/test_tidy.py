"""The countable rules of the house (docs/architecture.md, CONTRIBUTING.md). Habit: TigerBeetle's `tidy.zig`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "tocsin"
FUNCTION_LINES_MAX = 60
MODULE_LINES_MAX = 400
BROAD_CATCHES_MAX = 6
LOOP_ROOMS = {"gateway", "lanes", "console"}  # Loops of connections, of jobs, of live pages.

# A room may import the rooms before it, never those after it.
ROOMS = (
    "core",
    "people",
    "accounts",
    "devices",
    "protocols",
    "channels",
    "gateway",
    "incidents",
    "watch",
    "dispatch",
    "publicity",
    "cases",
    "programmes",
    "console",
    "phone",
    "site",
    "api",
    "lanes",
    "demo",
    "bench",
    "management",
)
# An alarm and its first notices are written in one transaction, so these two ask each other; their models do not, and
# their files stand in layers (docs/decisions/0007-incidents-and-closing.md).
HEART = {"incidents", "dispatch"}
# Pages are made for somebody who signed in: whoever answers HTTP may ask `accounts` who that is. A form lists the
# protocols.
PAGES = {"forms.py", "views.py", "urls.py"}
PAGE_ROOMS = {"accounts", "console", "protocols"}
DOMAINS = ("people", "devices", "incidents", "watch", "dispatch", "publicity", "cases", "programmes")
DOMAIN_FILES = {
    "__init__.py",
    "rules.py",
    "wording.py",
    "models.py",
    "queries.py",
    "actions.py",
    "jobs.py",
    "forms.py",
    "views.py",
    "urls.py",
}
WITHOUT_DJANGO = ("core", "protocols", "channels")
PURE_FILES = {"rules.py", "wording.py"}
IMPURE_FOR_RULES = {"django", "psycopg", "random", "secrets", "socket", "time", "os", "asyncio"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Every module of the program with its syntax tree; migrations are Django's own."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


MODULES = list(modules())
NAMES = [str(path.relative_to(PACKAGE)) for path, _ in MODULES]


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module named in an import, with its dots."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def room_of(path: Path) -> str | None:
    """The folder directly below the package; `None` for the package's own few modules."""
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else None


def is_split(path: Path, stem: str) -> bool:
    """Rules and actions may be split by subject: `actions_closing.py` beside `actions.py`."""
    return re.fullmatch(rf"{stem}(_[a-z]+)*\.py", path.name) is not None


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=NAMES)
def test_size(path: Path, tree: ast.Module) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= MODULE_LINES_MAX, f"{path.name} has {lines} lines: split it by subject"
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno - node.lineno >= FUNCTION_LINES_MAX
    }
    assert not long, f"functions over {FUNCTION_LINES_MAX} lines in {path.name}: {long}"


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=NAMES)
def test_imports_point_up_the_table(path: Path, tree: ast.Module) -> None:
    room = room_of(path)
    if room not in ROOMS:
        return
    before = set(ROOMS[: ROOMS.index(room) + 1])
    if room in HEART and path.name != "models.py":
        before |= HEART
    if path.name in PAGES or path.name.startswith(("views_", "forms_")):
        before |= PAGE_ROOMS
    others = {name.split(".")[1] for name in imported(tree) if name.startswith("tocsin.") and name.count(".")}
    wrong = {other for other in others if other in ROOMS and other not in before}
    assert not wrong, f"{room} may not import {wrong}"


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=NAMES)
def test_pure_code_imports_nothing_impure(path: Path, tree: ast.Module) -> None:
    tops = {name.split(".")[0] for name in imported(tree)}
    if room_of(path) in WITHOUT_DJANGO:
        assert "django" not in tops
    if path.name in PURE_FILES or is_split(path, "rules"):
        assert not tops & IMPURE_FOR_RULES
    if room_of(path) == "protocols":
        assert not tops & {"asyncio", "socket", "time"}, "a decoder opens nothing and reads no clock"


@pytest.mark.parametrize("domain", DOMAINS)
def test_domain_folders_hold_the_known_files(domain: str) -> None:
    folder = PACKAGE / domain
    stems = [name.removesuffix(".py") for name in DOMAIN_FILES]
    odd = (
        [p.name for p in folder.glob("*.py") if not any(is_split(p, stem) for stem in stems)] if folder.exists() else []
    )
    assert not odd, f"{domain} holds files of no known kind: {odd}"


def is_passed_on(handler: ast.ExceptHandler) -> bool:
    """Say whether a handler only tidies up and lets the exception go on."""
    return isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None


def test_broad_catches_are_few() -> None:
    """Only a loop that must outlive anything catches anything: a connection, a committer, a job."""
    rooms = {
        f"{path.relative_to(PACKAGE)}:{node.lineno}": room_of(path)
        for path, tree in MODULES
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and not is_passed_on(node)
    }
    assert set(rooms.values()) <= LOOP_ROOMS, rooms
    assert len(rooms) <= BROAD_CATCHES_MAX, rooms


def test_the_clock_is_asked_in_one_place() -> None:
    asked = re.compile(r"datetime\.(now|utcnow|today)\(|timezone\.now\(|date\.today\(")
    places = [str(p.relative_to(PACKAGE)) for p, _ in MODULES if asked.search(p.read_text(encoding="utf-8"))]
    assert places == ["core/clock.py"]


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=NAMES)
def test_models_decide_nothing(path: Path, tree: ast.Module) -> None:
    if path.name != "models.py":
        return
    saves = [n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in {"save", "clean", "delete"}]
    assert not saves, "a model has no save() of its own: write an action"


def test_no_unfinished_marks() -> None:
    marks = re.compile(r"\b(FIX.E|TO.O|X.X)\b".replace(".", "[MDX]"))
    files = [
        p
        for folder in ("tocsin", "tests", "docs")
        for p in (ROOT / folder).rglob("*")
        if p.suffix in {".py", ".md", ".html"}
    ]
    places = [str(p.relative_to(ROOT)) for p in files if marks.search(p.read_text(encoding="utf-8"))]
    assert not places


def test_pages_load_nothing_from_elsewhere() -> None:
    loads = re.compile(r"""(src|srcset|action|data|poster)\s*=\s*["']?(https?:)?//|url\(\s*["']?(https?:)?//|@import""")
    links = re.compile(r"""<link[^>]+href\s*=\s*["']?(https?:)?//""")
    files = [
        p
        for folder in ("templates", "static")
        for p in (PACKAGE / folder).rglob("*")
        if p.suffix in {".html", ".css", ".js", ".svg"}
    ]
    places = [
        str(p.relative_to(PACKAGE))
        for p in files
        if loads.search(p.read_text(encoding="utf-8")) or links.search(p.read_text(encoding="utf-8"))
    ]
    assert not places


def test_no_inline_script_or_style() -> None:
    inline = re.compile(
        r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=|\son(click|load|submit|change|input)\s*=", re.I
    )
    # Mail is read in programs that know no style sheets of ours.
    files = [p for p in (PACKAGE / "templates").rglob("*.html") if "mail" not in p.parts]
    places = [str(p.relative_to(PACKAGE)) for p in files if inline.search(p.read_text(encoding="utf-8"))]
    assert not places, "the content security policy forbids it"
