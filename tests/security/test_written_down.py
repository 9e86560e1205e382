"""What is written down about settings and dependencies is all there is, and the other way round."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Read by programs around the app, and said elsewhere in the README.
NOT_SETTINGS = {"CHROMIUM", "PY"}


def settings_read() -> set[str]:
    """Variables that `config/settings.py` takes from the environment."""
    text = (ROOT / "config/settings.py").read_text()
    return set(re.findall(r"\benv(?:\.\w+)?\(\s*\"([A-Z_]+)\"", text))


def settings_told() -> set[str]:
    """Variables in the first column of the README's table of settings."""
    text = (ROOT / "README.md").read_text()
    part = text.split("## Settings", 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1] for line in part.splitlines() if line.startswith("| `")]
    return {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}


def test_the_readme_tells_every_setting_and_no_other() -> None:
    assert len(settings_read()) > 20
    assert settings_read() - settings_told() == set()
    assert settings_told() - settings_read() - NOT_SETTINGS == set()


def wanted(names: list[str]) -> set[str]:
    """Package names without extras and versions."""
    return {re.split(r"[\[~=<>! ]", name)[0].lower() for name in names}


def test_every_dependency_has_a_line_that_says_why() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    told = (ROOT / "docs/dependencies.md").read_text().lower()
    table, tools = told.split("tools (never imported by the app)", 1)
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| ")]
    explained = {
        re.split(r"\[", name.strip())[0]: why.strip()
        for names, why in rows
        for name in names.split(",")
    }
    needed = wanted(project["project"]["dependencies"])
    assert needed - set(explained) == set()
    assert {name for name in needed if not explained[name]} == set()
    assert set(explained) - needed - {"package", "---"} == set()
    silent = {
        name
        for name in wanted(
            [one for one in project["dependency-groups"]["dev"] if isinstance(one, str)]
        )
        if name not in tools and not name.startswith("types-")
    }
    assert silent == set()


def test_the_requirement_files_are_hashed_to_the_last_line() -> None:
    """Each pinned, each with a hash, and everything the project asks for is among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pins = re.findall(
            r"^([\w.-]+)(?:\[[\w,]+\])?==\S+(?: ;.*)? \\\n    --hash=sha256:", text, re.M
        )
        unpinned = [
            line
            for line in text.splitlines()
            if line and not line.startswith((" ", "#")) and "==" not in line
        ]
        assert unpinned == []
        starts = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
        assert len(pins) == len(starts)
        plain = {pin.lower().replace("_", "-").replace(".", "-") for pin in pins}
        assert wanted(project["project"]["dependencies"]) - plain == set()
