"""Imports point one way (the arrows of the design), and the packages' own modules are empty."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("gateway", "analysis", "firmware_sim")

ANALYSIS = ("analysis",)
ARROWS: dict[str, tuple[str, ...]] = {
    # The longest matching prefix holds. A part may always import itself.
    "gateway.wire": (),
    "gateway.cli": ("gateway", *ANALYSIS, "firmware_sim"),
    "gateway": ("gateway", *ANALYSIS),
    "analysis": (),
    "analysis.events": (),
    "analysis.motion": ("analysis.events",),
    "analysis.care": ("analysis.events",),
    "analysis.practice": ("analysis.motion", "analysis.events"),
    "analysis.trends": ("analysis.events", "analysis.care"),
    "analysis.review": ("analysis.events", "analysis.care", "analysis.trends"),
    "analysis.recording": ("analysis.motion", "analysis.events"),
    "analysis.recorded": ("analysis.recording", "analysis.motion", "analysis.events"),
    "analysis.replay": ("analysis.recording", "analysis.practice", "analysis.motion", "analysis.events"),
    "firmware_sim.demo": ("gateway", *ANALYSIS, "firmware_sim"),
    "firmware_sim": ("gateway.wire", "firmware_sim"),
}


def within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def rule_of(module: str) -> str:
    return max((name for name in ARROWS if within(module, name)), key=len)


def modules() -> Iterator[tuple[str, Path]]:
    for package in OURS:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(part for part in parts if part != "__init__"), path


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield each imported module of ours and whether the import stands at the top of the file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(tree.body)
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names = [node.module or ""]
        for name in names:
            if name.partition(".")[0] in OURS:
                yield name, node in top


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=str)
def test_arrows(module: str, path: Path) -> None:
    rule = rule_of(module)
    allowed = (rule, *ARROWS[rule])
    for imported, _ in imports(path):
        assert any(within(imported, package) for package in allowed), f"{module} may not import {imported}"


def test_only_the_command_line_imports_the_simulator_and_lazily() -> None:
    for module, path in modules():
        for imported, is_at_top in imports(path):
            if within(imported, "firmware_sim") and not within(module, "firmware_sim"):
                assert within(module, "gateway.cli"), f"{module} imports {imported}"
                assert not is_at_top, f"{module} must import {imported} lazily"


def test_package_modules_are_empty() -> None:
    for _, path in modules():
        if path.name == "__init__.py":
            assert path.read_text(encoding="utf-8") == "", f"{path} is not empty"


def test_the_core_reads_no_clock_and_no_files() -> None:
    forbidden = {"time", "datetime", "logging", "random", "os", "pathlib", "io", "socket", "asyncio"}
    for module, path in modules():
        if any(within(module, f"analysis.{part}") for part in ("motion", "care", "practice")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                names = (
                    [alias.name for alias in node.names]
                    if isinstance(node, ast.Import)
                    else [node.module or ""]
                    if isinstance(node, ast.ImportFrom)
                    else []
                )
                for name in names:
                    assert name.partition(".")[0] not in forbidden, f"{module} imports {name}"
