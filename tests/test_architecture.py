"""The house's rules, checked from the sources alone: floors, one home for each library, no cycles, sizes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

#: it runs nothing of the program, so there is nothing to measure; what is read once is read by one worker
pytestmark = [pytest.mark.no_cover, pytest.mark.xdist_group("architecture")]

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "distributor"

#: Lowest first; a module imports only from lower floors, and inside its own folder.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("phrases",),
    ("__init__", "model", "errors", "secret", "clock", "keys"),
    ("interfaces",),
    ("text",),
    ("rules",),
    ("net", "mime", "dkim", "seams"),
    ("sources", "channels", "store", "render", "flows", "returns"),
    ("config", "log", "looks", "sheet"),
    ("outlets", "inlets", "surveying", "showing", "developing", "doctoring", "reception", "mailroom"),
    ("app", "calls", "trying", "fetching", "notices", "vouching"),
    ("engine", "control", "chat", "web"),
    ("daemon", "drills"),
    ("cli",),
    ("__main__",),
)
#: Imports inside one floor that are meant: the calls are the app's own acts.
BESIDE = {
    *(("inlets", "outlets"), ("showing", "outlets"), ("showing", "developing")),
    *(("calls", "app"), ("trying", "app"), ("notices", "app"), ("trying", "vouching")),
}
#: Loopback platforms: they import nothing of the product; only their client is used, by drills.
APART = "sandbox"

#: Each third-party library and the one place that imports it.
HOMES: dict[str, str] = {
    "PIL": "sources.imaging",
    "aiosmtplib": "channels.email",
    "apscheduler": "engine.clock",
    "babel": "render.catalogues",
    "click": "cli",
    "cronsim": "rules.queue.timing",
    "cryptography": "keys",
    "css_inline": "render",
    "dns": "net.names",
    "feedparser": "sources",
    "flufl": "text.mail.foreign",
    "h11": "sandbox.http_server",
    "httpx": "channels._bot",
    "httpx2": "net",
    "jinja2": "render",
    "joserfc": "keys.tokens",
    "nh3": "text.cleaning",
    "pydantic": "config",
    "pydantic_core": "config",
    "pydantic_settings": "config",
    "requests": "channels._wire",
    "rich": "cli",
    "starlette": "web",
    "selectolax": "text.tree",
    "sqlite_utils": "store.migrations",
    "telegram": "channels._bot",
    "trafilatura": "sources.extracting",
    "tomlkit": "config.amending",
    "tweepy": "channels.twitter",
    "urllib3": "channels._wire",
    "uvicorn": "web.server",
}

#: The rooms of the rules, lowest first: what a story is knows nothing of queues, and a queue nothing of changes.
RULES = ("story", "reading", "queue", "mail", "forecast", "words", "change", "fate", "people")

LONGEST_FILE, USUAL_FUNCTION, FULLEST_FOLDER = 400, 45, 30


@cache
def modules() -> dict[str, ast.Module]:
    """Every module by its dotted name below ``distributor``, read as the oldest Python reads it."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        text = path.read_text("utf-8")
        found[name.removesuffix(".__init__") or "__init__"] = ast.parse(text, feature_version=(3, 11), filename=name)
    return found


@cache
def imports(name: str) -> tuple[tuple[str, bool], ...]:
    """The modules that a module imports, and whether only a type checker does."""
    return tuple(_imports(name))


def _imports(name: str) -> Iterator[tuple[str, bool]]:
    tree = modules()[name]
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: relative imports hide the floor"
            module = node.module or ""
            for alias in node.names:
                whole = f"{module}.{alias.name}".removeprefix("distributor.")
                deeper = module.startswith("distributor") and whole in modules()
                yield (f"distributor.{whole}" if deeper else module), id(node) in typing_only


def own(name: str, *, typing: bool = True) -> set[str]:
    """What a module imports of distributor itself."""
    found = {target for target, only in imports(name) if typing or not only}
    return {
        target.removeprefix("distributor").lstrip(".") or "__init__"
        for target in found
        if target == "distributor" or target.startswith("distributor.")
    }


def room(name: str) -> str:
    return name.split(".")[0]


def floor(name: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room(name) in rooms)


def test_every_module_stands_on_a_floor():
    homeless = {room(name) for name in modules()} - {one for rooms in FLOORS for one in rooms} - {APART}
    assert not homeless


def test_a_module_imports_only_from_lower_floors_or_its_own_folder():
    wrong = [
        f"{name} imports {target}"
        for name in modules()
        if room(name) != APART
        for target in own(name)
        if room(target) not in (APART, room(name))
        and floor(target) >= floor(name)
        and (room(name), room(target)) not in BESIDE
    ]
    assert not wrong


def test_the_rooms_of_the_rules_stand_on_each_other():
    wrong = [
        f"{name} imports {target}"
        for name in modules()
        if name.startswith("rules.")
        for target in own(name)
        if target.startswith("rules.") and RULES.index(target.split(".")[1]) > RULES.index(name.split(".")[1])
    ]
    assert not wrong


def test_no_folder_is_crowded():
    folders = Counter(path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
    assert not {folder: count for folder, count in folders.items() if count > FULLEST_FOLDER}


def test_flows_never_import_each_other():
    wrong = [
        f"{name} imports {target}"
        for name in modules()
        if room(name) == "flows"
        for target in own(name)
        if room(target) == "flows"
    ]
    assert not wrong


def test_the_loopback_platforms_share_no_code_with_the_product():
    wrong = [
        f"{name} imports {target}"
        for name in modules()
        if room(name) == APART
        for target in own(name)
        if room(target) != APART
    ]
    users = {room(name) for name in modules() for target in own(name) if room(target) == APART and room(name) != APART}
    assert not wrong
    assert users <= {"drills"}


def test_each_library_has_one_home():
    wrong = []
    for name in modules():
        for target, _ in imports(name):
            library = target.split(".")[0]
            if library in sys.stdlib_module_names or library == "distributor":
                continue
            home = HOMES.get(library)
            if home is None or not (name == home or name.startswith(f"{home}.")):
                wrong.append(f"{name} imports {library}, whose home is {home}")
    assert not wrong


def test_every_library_on_the_list_is_really_imported():
    imported = {target.split(".")[0] for name in modules() for target, _ in imports(name)}
    assert set(HOMES) <= imported


def test_there_are_no_import_cycles():
    graph = {name: own(name, typing=False) & set(modules()) for name in modules()}
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path[path.index(name) :], name))
        if name not in done:
            for target in graph[name] - {name}:
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def lengths() -> list[tuple[int, str]]:
    return sorted(
        ((node.end_lineno or 0) - node.lineno + 1, f"{name}.{node.name}")
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )


def test_functions_are_short():
    found = lengths()
    long = [one for one in found if one[0] > USUAL_FUNCTION]
    assert len(long) <= len(found) * 0.05, long
    assert found[len(found) // 2][0] <= 12


def test_files_are_readable_in_one_sitting():
    sizes = {path.relative_to(ROOT): len(path.read_text("utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path): size for path, size in sizes.items() if size > LONGEST_FILE} == {}
    assert sorted(sizes.values())[len(sizes) // 2] <= 200


def test_everything_public_says_what_it_does():
    silent = [
        f"{name}.{getattr(node, 'name', '')}"
        for name, tree in modules().items()
        for node in (tree, *tree.body)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef))
        and not getattr(node, "name", "").startswith("_")
        and not ast.get_docstring(node)
        and not any(
            isinstance(mark, ast.Name) and mark.id == "overload" for mark in getattr(node, "decorator_list", ())
        )
    ]
    assert not silent


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name]


def test_locked_requirements_name_no_address_and_pin_every_hash():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text("utf-8")
        assert "://" not in text, path
        pins = re.findall(r"^[A-Za-z0-9_.-]+==", text, flags=re.MULTILINE)
        assert pins, path
        assert len(re.findall(r"--hash=sha256:", text)) >= len(pins), path


def test_no_lock_file_with_addresses_is_tracked():
    assert not [
        path for path in tracked() if path.name in ("uv.lock", "poetry.lock", "pylock.toml", "package-lock.json")
    ]


def test_the_sources_need_nothing_newer_than_python_3_11():
    newer = "try:\n    pass\nexcept A, B:\n    pass\n"
    with pytest.raises(SyntaxError):
        ast.parse(newer, feature_version=(3, 11))
    assert modules()
