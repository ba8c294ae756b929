"""Hatch build hook: bundles the query editor of the pages with npm; without npm it is left out.

The bundle is not committed. An editable install builds it too, into the same folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = Path("src/diplograph/web/editor")
BUILT = Path("src/diplograph/web/static/built")
# Holds the hash of the sources of the built files, so that they are built once.
STAMP = "sources.txt"
INSTALL = "ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1"
SECONDS = 300


class EditorHook(BuildHookInterface):
    """Builds the editor before the files of a wheel or an sdist are gathered."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict) -> None:
        """Build the editor, or warn in one line: the pages work without it."""
        root = Path(self.root)
        try:
            build_editor(root / SOURCES, root / BUILT)
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(
                f"the pages do without their query editor: {describe_failure(error)}"
            )


def build_editor(sources: Path, built: Path) -> None:
    """Bundle `sources` with npm into the folder `built`, unless the bundle is there already.

    Raises OSError where there is no npm, and SubprocessError where npm fails or takes too long.
    """
    digest = hash_sources(sources)
    stamp = built / STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == digest:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise FileNotFoundError("npm is not installed")
    with tempfile.TemporaryDirectory() as scratch:
        work, made = Path(scratch, "editor"), Path(scratch, "built")
        shutil.copytree(sources, work, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        _run([npm, *INSTALL.split()], work)
        _run([shutil.which("node") or "node", "build.js", str(made)], work)
        (made / STAMP).write_text(f"{digest}\n", encoding="utf-8")
        built.mkdir(parents=True, exist_ok=True)
        for file in sorted(made.iterdir(), key=lambda path: (path.name == STAMP, path.name)):
            shutil.copyfile(file, built / f".{file.name}")
            os.replace(built / f".{file.name}", built / file.name)


def hash_sources(sources: Path) -> str:
    """Return the SHA-256 of what the editor is built from."""
    digest = sha256()
    for file in sorted(sources.iterdir()):
        if file.suffix in {".js", ".json"}:
            digest.update(f"{file.name}\n".encode() + file.read_bytes())
    return digest.hexdigest()


def describe_failure(error: Exception) -> str:
    """Return in one line why the editor was not built."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line.strip() for line in error.stderr.splitlines() if line.strip()]
        return f"npm or node failed ({lines[0] if lines else error.returncode})"
    return str(error).partition("\n")[0]


def _run(command: list[str], folder: Path) -> None:
    options = {"capture_output": True, "text": True, "check": True, "timeout": SECONDS}
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, **options)
