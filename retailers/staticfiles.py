"""Static files for production: one stylesheet, hashed names, hashed imports between modules.

The sheets of `static/css` are one a component and `app.css` imports them, each into its layer.
Browsers follow that in development. `collectstatic` joins them here, so that a page waits for one
file; nothing else is built.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from whitenoise.storage import CompressedManifestStaticFilesStorage

Paths = Mapping[str, tuple[Storage, str]]

_IMPORT = re.compile(r'@import url\("(?P<sheet>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')


class JoinedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Joins `css/app.css` before names are hashed, and hashes the imports of our modules."""

    entry = "css/app.css"
    support_js_module_import_aggregation = True
    # Django's own patterns, on our modules only: other people's scripts are left as they are.
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )

    def post_process(
        self, paths: Paths, dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        """Called by collectstatic with every file found: name to (where it came from, its path)."""
        if self.entry in paths and not dry_run:
            # From the sources: what lies in the target may be joined already, by an earlier run
            joined = join_sheets(
                _text(paths, self.entry), lambda sheet: _text(paths, f"css/{sheet}")
            )
            self.delete(self.entry)
            self._save(self.entry, ContentFile(joined.encode()))
            paths = {**paths, self.entry: (self, self.entry)}
        yield from super().post_process(paths, dry_run, **options)


def join_sheets(entry: str, text_of: Callable[[str], str]) -> str:
    """The entry with every imported sheet in its place, inside its layer."""

    def sheet(found: re.Match[str]) -> str:
        return f"@layer {found['layer']} {{\n{text_of(found['sheet'])}\n}}"

    return _IMPORT.sub(sheet, entry)


def _text(paths: Paths, name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
