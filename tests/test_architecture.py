"""The rules of the house: who may import whom, what stays pure, how large a piece may grow."""

import ast
import graphlib
import importlib.metadata
import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture import CHAPTERS, PACKAGE, SRC, Module, modules

MODULES = modules()

# What a room may import of ours, besides itself. A room that is not named here may not exist.
EVERYTHING = frozenset({"*"})
MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),
    "__main__": frozenset({"cli"}),
    "kernel": frozenset(),
    "guide": frozenset({"kernel"}),
    "lsp": frozenset({"kernel", "guide"}),
    "storage": frozenset({"kernel"}),
    "telemetry": frozenset({"kernel"}),
    "channels": frozenset({"kernel"}),
    "identity": frozenset({"kernel"}),
    "service": frozenset({"kernel", "guide"}),
    "web": frozenset({"kernel", "guide", "identity"}),
    "gotemplate": frozenset({"kernel"}),
    "importers": frozenset({"kernel", "guide", "rulefiles"}),
    "rulefiles": frozenset({"kernel", "guide", "telemetry", "monitoring", "gotemplate"}),
    **dict.fromkeys(CHAPTERS, frozenset({"kernel", "guide"})),
    "readers": CHAPTERS | {"kernel", "guide"},
    "reactions": EVERYTHING,
    "app": EVERYTHING,
    "simulation": EVERYTHING,
    "demo": EVERYTHING,
    "cli": EVERYTHING,
}
# The demo stands on everything and nothing on it: only the command's root may start it.
MAY_IMPORT_DEMO = {"cli", "demo"}

# Files of a chapter that talk to the world or to people. All others are pure: rules, facts, readers.
WITH_PAGES = CHAPTERS | {"telemetry", "rulefiles"}
EDGE_FILES = {"shown.py", "cli.py"}


def is_of_web(module: Module) -> bool:
    """What a chapter answers over HTTP (`http.py`, `http_….py`), and what it adds to every page of the console."""
    return module.path.name == "shown.py" or re.fullmatch(r"http(_\w+)?\.py", module.path.name) is not None


EDGE_FILES_OF = {
    "incidents": {"paging.py"},
    "monitoring": {
        "looking.py",
        "board.py",
        "observing.py",
        "probe.py",
        "scrape.py",
        "arrivals.py",
        "watch.py",
        "server.py",
        "watcher.py",
        "all.py",
        "pooler.py",
        "log.py",
        "reconnecting.py",
        "query_times.py",
        "counting.py",
    },
}

# What acts on the world or depends on the moment: not for pure files.
OUTSIDE = {
    *("asyncio", "anyio", "concurrent", "multiprocessing", "threading", "subprocess", "signal", "uvloop"),
    *("select", "selectors", "socket", "ssl", "http", "smtplib", "urllib.request", "httpx", "apprise"),
    *("os", "io", "pathlib", "shutil", "tempfile", "glob", "fileinput", "watchfiles"),
    *("sqlite3", "apsw", "asyncpg", "logging", "time", "random", "secrets", "uuid"),
    *("jinja2", "litestar", "rich", "typer", "uvicorn"),
}
CLOCK_READS = {"now", "utcnow", "today"}
CLOCKS = {"datetime", "date", "dt"}

# What users may add; it is imported where it is needed, and its absence explained.
EXTRAS = ("demo", "pdf")

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


def is_pure(module: Module) -> bool:
    """Whether the module is part of the core: it is told the time and does nothing to the world."""
    if module.room == "kernel" or module.name.startswith(f"{PACKAGE}.guide.change"):
        return True
    edge = EDGE_FILES.union(EDGE_FILES_OF.get(module.room, ()))
    outside = module.path.name in edge or "edge" in module.path.parts or is_of_web(module)
    return module.room in CHAPTERS and not outside


PURE = [module for module in MODULES if is_pure(module)]


def of_ours(target: str) -> str | None:
    """The room that an import reaches, None for other people's packages."""
    parts = target.split(".")
    return (parts[1] if len(parts) > 1 else "") if parts[0] == PACKAGE else None


def allowed(module: Module, room: str) -> bool:
    if room in ("", module.room):
        return True
    if room == "demo":
        return module.room in MAY_IMPORT_DEMO
    if is_of_web(module) and module.room in WITH_PAGES and room in ("web", "identity"):
        return True
    permitted = MAY_IMPORT[module.room]
    return permitted is EVERYTHING or room in permitted


def test_every_room_is_known() -> None:
    unknown = sorted({module.where for module in MODULES if module.room not in MAY_IMPORT})
    assert not unknown, f"give the new room a line in MAY_IMPORT and in docs/source-map.md: {unknown}"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.where)
def test_imports_go_only_where_they_may(module: Module) -> None:
    wrong = [
        f"{module.where}:{found.line} imports {found.target}"
        for found in module.imports
        if (room := of_ours(found.target)) is not None and not allowed(module, room)
    ]
    assert not wrong


def test_readers_of_a_guide_see_only_guide_and_kernel() -> None:
    wrong = [
        f"{module.where}:{found.line} imports {found.target}"
        for module in MODULES
        if module.room in CHAPTERS and module.path.name == "spec.py"
        for found in module.imports
        if of_ours(found.target) not in (None, "", "kernel", "guide")
        and not found.target.startswith(f"{PACKAGE}.{module.room}.spec")
    ]
    assert not wrong


def test_what_is_imported_is_declared() -> None:
    """Installed is not enough: what comes by chance, through others or by hand, is not there tomorrow."""
    project = tomllib.loads((SRC.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for name in EXTRAS for line in project["optional-dependencies"][name]]
    lines = [*project["dependencies"], *extras]
    declared = {_plain(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in lines}
    packages = importlib.metadata.packages_distributions()
    wrong = [
        f"{module.where}:{found.line} imports {found.target}"
        for module in MODULES
        for found in module.imports
        if (top := found.target.split(".")[0]) not in sys.stdlib_module_names | {PACKAGE}
        and not declared & {_plain(name) for name in packages.get(top, ())}
    ]
    assert not wrong, "add it to pyproject.toml and docs/dependencies.md, then: make lock"


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_module_imports_itself_in_a_circle() -> None:
    names = {module.name for module in MODULES}
    graph = {
        module.name: {found.target for found in module.imports if found.target in names} - {module.name}
        for module in MODULES
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as circle:
        pytest.fail(" → ".join(reversed(circle.args[1])))


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.where)
def test_the_core_imports_nothing_that_acts(module: Module) -> None:
    wrong = [
        f"{module.where}:{found.line} imports {found.target}"
        for found in module.imports
        if any(found.target == name or found.target.startswith(f"{name}.") for name in OUTSIDE)
    ]
    assert not wrong, "a pure file may not: move it to an edge file, or name a new edge file in EDGE_FILES_OF"


@pytest.mark.parametrize("module", PURE, ids=lambda module: module.where)
def test_the_core_is_told_the_time_and_never_waits(module: Module) -> None:
    wrong = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCK_READS and _last_name(node.value) in CLOCKS:
            wrong.append(f"{module.where}:{node.lineno} reads the clock")
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("open", "print", "input")
        ):
            wrong.append(f"{module.where}:{node.lineno} calls {node.func.id}()")
        # Protocols of the edge's ports are where the kernel may name something that waits.
        if isinstance(node, ast.AsyncFunctionDef | ast.Await) and not _in_protocol(module, node):
            wrong.append(f"{module.where}:{node.lineno} is async")
    assert not wrong


def _last_name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _in_protocol(module: Module, node: ast.AST) -> bool:
    return any(
        node in ast.walk(found)
        for found in ast.walk(module.tree)
        if isinstance(found, ast.ClassDef)
        and any(_last_name(_unsubscripted(base)) == "Protocol" for base in found.bases)
    )


def _unsubscripted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Subscript) else node


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.where)
def test_pieces_stay_small(module: Module) -> None:
    lines = module.text.count("\n")
    assert lines < MAX_FILE_LINES, f"{module.where} has {lines} lines: split it"
    long = [
        f"{module.where}:{node.lineno} {node.name} has {length} lines"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) >= MAX_FUNCTION_LINES
    ]
    assert not long


HEAVY = [
    "apprise",
    "apsw",
    "asyncpg",
    "cattrs",
    "httpx",
    "litestar",
    "lsprotocol",
    "numpy",
    "pydantic",
    "pygls",
    "rich",
    "uvicorn",
]
RUN_CHECK = """
import json, sys
sys.argv = ["opsguide", "check", sys.argv[1]]
from opsguide.cli import main
try:
    code = main()
except SystemExit as ended:
    code = ended.code
print()
print(json.dumps({"code": code, "loaded": sorted(set(sys.modules) & set(HEAVY))}))
"""

if importlib.util.find_spec("opsguide.cli"):

    def test_check_loads_no_server_no_database_and_nothing_slow(tmp_path: Path) -> None:
        guide = tmp_path / "operations.md"
        guide.write_text("# Operations\n\n## Uptime\n\n- Uptime: 99.9%\n", encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-c", f"HEAVY = {HEAVY}\n{RUN_CHECK}", str(guide)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        told = json.loads(ran.stdout.splitlines()[-1])
        assert not told["loaded"]
        assert told["code"] in (0, None), ran.stdout + ran.stderr
