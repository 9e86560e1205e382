"""Static files for production: one stylesheet, hashed names, hashed imports between modules.

The sheets of `static/css` are one a component and `app.css` imports them, each into its layer.
Browsers follow that in development. `collectstatic` joins them here, so that a page waits for one
file; nothing else is built.
"""

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORT = re.compile(r'@import url\("(?P<sheet>[\w-]+\.css)"\) layer\((?P<layer>\w+)\);')


class JoinedManifestStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Joins `css/app.css` before names are hashed, and hashes the imports of our modules."""

    entry = "css/app.css"
    support_js_module_import_aggregation = True

    def post_process(
        self, paths: dict[str, Any], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str, bool]]:
        if self.entry in paths and not dry_run:
            self._join()
            paths = {**paths, self.entry: (self, self.entry)}
        yield from super().post_process(paths, dry_run, **options)

    def _join(self) -> None:
        joined = join_sheets(self._text(self.entry), lambda sheet: self._text(f"css/{sheet}"))
        self.delete(self.entry)
        self._save(self.entry, ContentFile(joined.encode()))

    def _text(self, name: str) -> str:
        with self.open(name) as sheet:
            return str(sheet.read().decode())


def join_sheets(entry: str, text_of: Any) -> str:
    """The entry with every imported sheet in its place, inside its layer."""

    def sheet(found: re.Match[str]) -> str:
        return f"@layer {found['layer']} {{\n{text_of(found['sheet'])}\n}}"

    return _IMPORT.sub(sheet, entry)
