"""Draw the imports inside src/diplograph into docs/architecture.md, as Mermaid diagrams.

python docs/draw_imports.py            rewrites the diagrams
python docs/draw_imports.py --check    exits 1 where they are out of date
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PAGE = ROOT / "docs" / "architecture.md"
# A diagram in the page: the folder that it draws, between two comments.
DIAGRAM = re.compile(r"(<!-- imports of (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def draw(folder: Path) -> str:
    """Return a diagram of a folder: a node for each module and subfolder, an arrow for an import.

    An arrow that follows from two others is left out; lazy imports count like all others.
    """
    imports = {part.stem: set() for part in folder.iterdir() if is_part(part)}
    for part in folder.iterdir():
        if is_part(part):
            modules = part.rglob("*.py") if part.is_dir() else [part]
            targets = {name for module in modules for name in read_imports(module, folder)}
            imports[part.stem] |= targets & imports.keys() - {part.stem}
    lines = ["```mermaid", "flowchart TD"]
    for name in sorted(imports):
        implied = {low for target in imports[name] for low in reach(target, imports)}
        lines += [f"  {name} --> {target}" for target in sorted(imports[name] - implied)]
        lines += [] if imports[name] else [f"  {name}"]
    return "\n".join([*lines, "```", ""])


def is_part(path: Path) -> bool:
    """Return whether a path is a module, or a folder that holds modules."""
    if path.is_dir():
        return (path / "__init__.py").exists()
    return path.suffix == ".py" and not path.stem.startswith("__")


def read_imports(module: Path, folder: Path) -> Iterator[str]:
    """Yield what a module imports of a folder: names of its modules and subfolders."""
    inside = [*folder.relative_to(SOURCE).parts]
    for statement in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                parts = [*(statement.module or "").split("."), alias.name]
                if parts[: len(inside)] == inside:
                    yield parts[len(inside)]


def reach(name: str, imports: dict[str, set[str]]) -> set[str]:
    """Return all that `name` imports, directly or not."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        fresh = imports[waiting.pop()] - reached
        reached |= fresh
        waiting += fresh
    return reached


def replace_diagrams(page: str) -> str:
    """Return the text of the page with all diagrams as they are now."""
    return DIAGRAM.sub(lambda part: f"{part[1]}\n{draw(SOURCE / part[2])}\n{part[3]}", page)


def main(arguments: list[str]) -> int:
    """Rewrite the page, or with --check say whether it is as it would be written."""
    page = PAGE.read_text(encoding="utf-8")
    drawn = replace_diagrams(page)
    if "--check" not in arguments:
        PAGE.write_text(drawn, encoding="utf-8")
        return 0
    if drawn != page:
        print("docs/architecture.md is out of date: run python docs/draw_imports.py")
    return int(drawn != page)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
