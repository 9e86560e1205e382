"""Rules about our own text that no linter keeps: what may not be written, and where it may."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "retailers", "catalog", "purchasing", "integrations")


def python_files() -> list[Path]:
    """Our modules, tests and migrations left out."""
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    return sorted(file for file in files if "migrations" not in file.parts)


def templates() -> list[Path]:
    """Every page of the app and of the sandbox."""
    rooms = [ROOT / "templates", *(ROOT / room for room in ROOMS)]
    return sorted(file for room in rooms for file in room.rglob("*.html"))


def of_the_app(files: list[Path]) -> list[Path]:
    return [file for file in files if "sandbox" not in file.parts]


def hits(files: list[Path], pattern: str) -> Iterator[str]:
    """`file:line: text` of every line that matches."""
    sought = re.compile(pattern)
    for file in files:
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if sought.search(line):
                yield f"{file.relative_to(ROOT)}:{number}: {line.strip()}"


# --- markup (1.2.1, 1.3.1) ----------------------------------------------------------------------


def test_nothing_is_declared_safe_by_hand() -> None:
    """`format_html` escapes what it is given; these do not. One module may, on words it escaped."""
    assert (
        list(hits(python_files(), r"\bmark_safe\b|\bSafeText\b|allow_tags|is_safe\s*=\s*True"))
        == []
    )
    made = [hit for hit in hits(python_files(), r"\bSafeString\(") if 'SafeString("")' not in hit]
    assert {hit.split(":")[0] for hit in made} == {"retailers/templatetags/ui.py"}
    assert [hit for hit in made if not re.search(r"SafeString\((escaped\)|['\"]|$)", hit)] == []
    marks = r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+(off|false)"
    assert list(hits(of_the_app(templates()), marks)) == []


def test_the_sandbox_marks_only_texts_of_its_own() -> None:
    """Its pages show what orders say, too: a constant in quotes is all that may be marked."""
    sandbox = sorted(set(templates()) - set(of_the_app(templates())))
    strange = [
        hit for hit in hits(sandbox, r"\|\s*safe\b") if not re.search(r"'\s*\|\s*safe\b", hit)
    ]
    assert strange == []
    assert list(hits(sandbox, r"autoescape\s+false")) == []


def test_format_html_is_given_a_constant_text() -> None:
    """A text built at run time as the format would be trusted whole."""
    strange = []
    for file in of_the_app(python_files()):
        for call in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(call, ast.Call) and getattr(call.func, "id", "") == "format_html"):
                continue
            first = call.args[0]
            if isinstance(first, ast.JoinedStr | ast.BinOp):
                strange.append(f"{file.relative_to(ROOT)}:{call.lineno}")
    assert strange == []


def test_pages_carry_no_script_or_style_of_their_own() -> None:
    """The content policy would refuse them; a page that needs one is a page that breaks."""
    app = of_the_app(templates())
    assert list(hits(app, r"<script(?![^>]*\b(src|nonce)\b)[^>]*>")) == []
    assert list(hits(app, r"<style(?![^>]*\bnonce\b)|\sstyle=")) == []
    assert (
        list(hits(app, r"\son(click|load|submit|change|input|error|key\w+)\s*=|hx-on|javascript:"))
        == []
    )
    assert list(hits(app, r"hx-vals\s*=\s*[\"']js:")) == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    loads = r"<(script|img|iframe|link)[^>]+(src|href)=[\"']?(https?:)?//"
    assert list(hits(of_the_app(templates()), loads)) == []


# --- forms and requests (2.2.1, 3.5.1) ----------------------------------------------------------


def test_forms_list_their_fields() -> None:
    assert list(hits(python_files(), r"fields\s*=\s*[\"']__all__[\"']")) == []


def test_no_view_is_exempt_from_csrf() -> None:
    """A webhook would be the first; it would get a line here, by name."""
    assert list(hits(of_the_app(python_files()), r"csrf_exempt")) == []


def test_every_posting_form_carries_its_token() -> None:
    form = re.compile(r"<form\b[^>]*\bmethod=\"post\".*?</form>", re.S)
    without = [
        f"{file.relative_to(ROOT)}: {found[:80]}"
        for file in of_the_app(templates())
        for found in form.findall(file.read_text())
        if "csrf_token" not in found
    ]
    assert without == []


def test_edge_109_nothing_is_exported_as_a_table_of_cells() -> None:
    """A cell that begins with = + - or @ runs in a spreadsheet. There is no export to do it in.

    Whoever writes the first one neutralises such cells, and tests that in place of this.
    """
    exports = r"\bimport csv\b|csv\.(writer|DictWriter)|text/csv|openpyxl|xlsxwriter|\.xlsx\b"
    assert list(hits(of_the_app(python_files()), exports)) == []
    assert list(hits(of_the_app(templates()), r"\.(csv|xlsx)\b|\bdownload(=|\s|>)")) == []


# --- what may run (1.5.2, 15.x) -----------------------------------------------------------------


def test_certificates_are_always_checked() -> None:
    assert list(hits(python_files(), r"verify\s*=\s*False|CERT_NONE|_create_unverified")) == []


def test_nothing_is_unpickled_or_evaluated() -> None:
    dangers = r"\bpickle\b|\bmarshal\b|yaml\.load\(|\beval\(|\bexec\(|shell\s*=\s*True|os\.system\("
    assert list(hits(of_the_app(python_files()), dangers)) == []


def test_the_queue_is_spoken_to_in_one_place_and_in_numbers() -> None:
    """Its messages are pickles: a dotted path and whole numbers are all that ever goes in."""
    callers = {hit.split(":")[0] for hit in hits(python_files(), r"\basync_task\(")}
    assert callers == {"integrations/engine.py"}
    tree = ast.parse((ROOT / "integrations/engine.py").read_text())
    (enqueue,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "enqueue"]
    assert enqueue.args.vararg is not None
    assert ast.unparse(enqueue.args.vararg.annotation or ast.Constant("")) == "int"
    assert "hook" not in ast.unparse(enqueue)


MAY_SEE_ALL = {
    "retailers/middleware.py": "finds whose session it is; staff pages",
    "retailers/people.py": "an invitation's link is the key, whichever shop it is for",
    "integrations/connecting.py": "is this Lightspeed shop connected elsewhere?",
    "integrations/xseries/sync.py": "the same question, by the shop's own id",
    "integrations/slices.py": "which lanes have work; the work itself acts for its shop",
    "integrations/tasks.py": "forgets old rows and revives recurring work",
    "integrations/health.py": "is anything late?",
    "integrations/management/commands/rotate_keys.py": "every stored secret",
}


def test_unscoped_is_used_where_it_was_thought_about() -> None:
    """Rows of all shops at once: each module that may is named above, with its reason.

    A new one is a decision about tenants, so it needs a line. (The demo makes its shops itself.)
    """
    files = [file for file in of_the_app(python_files()) if "demo" not in file.parts]
    users = {hit.split(":")[0] for hit in hits(files, r"\bwith unscoped\(\)")}
    assert users - set(MAY_SEE_ALL) == set()
    assert set(MAY_SEE_ALL) - users == set()
    others = hits(of_the_app(python_files()), r"(?<!with )\bunscoped\(\)")
    assert {hit.split(":")[0] for hit in others} == {"retailers/scope.py"}


# --- tracked files ------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """What would be handed on; without git there is nothing to say."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            check=True,
            timeout=30,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git checkout")
    files = (ROOT / name.decode() for name in listed.split(b"\0") if name)
    return [file for file in files if file.is_file()]


def text_of(file: Path) -> str:
    try:
        return file.read_text()
    except UnicodeDecodeError:
        return ""


def test_no_file_names_this_machine() -> None:
    """Neither the folder of this checkout nor a home of anybody."""
    own = str(ROOT)
    home = re.compile(r"(?<![\w.:/-])/(?:home|Users|root)/[A-Za-z][\w.-]*/")
    found = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if (text := text_of(file)) and (own in text or home.search(text))
    ]
    assert found == []


def test_no_file_names_a_package_index() -> None:
    """Who installs decides where from; hashes make it the same packages."""
    index = re.compile(
        r"--(extra-)?index-url|--find-links|--trusted-host|index-url\s*=|/simple/?[\"'\s]"
    )
    found = [
        f"{file.relative_to(ROOT)}"
        for file in tracked()
        if file.name != Path(__file__).name and index.search(text_of(file))
    ]
    assert found == []


SECRET_SHAPES = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}\b"
    r"|\bxox[abp]-[A-Za-z0-9-]{20,}"
)


def test_no_file_holds_a_key() -> None:
    found = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if file.name in {".env", "id_rsa"} or SECRET_SHAPES.search(text_of(file))
    ]
    assert found == []
