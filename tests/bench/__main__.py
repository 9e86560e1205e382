"""`make bench`: every module of this package that has a `main`, on a throw-away SQLite."""

import importlib
import os
import pkgutil
import sys
import tempfile


class _NoMigrations:
    """Says of every app that it has no migrations."""

    def __contains__(self, app: str) -> bool:
        return True

    def __getitem__(self, app: str) -> None:
        return None


def run() -> None:
    """Make an empty database in a temporary folder and run the benchmarks one after another."""
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VAR_DIR"] = folder
        os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        os.environ.setdefault("DEMO", "1")
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ.setdefault("LOG_LEVEL", "WARNING")

        import django
        from django.conf import settings
        from django.core.management import call_command

        django.setup()
        # tables straight from the models: a benchmark measures queries, not migrations
        settings.MIGRATION_MODULES = _NoMigrations()
        call_command("migrate", run_syncdb=True, verbosity=0)
        for module in pkgutil.iter_modules(__path__, prefix="tests.bench."):
            name = module.name.rpartition(".")[2]
            if name.startswith("_") or (wanted and name not in wanted):
                continue
            main = getattr(importlib.import_module(module.name), "main", None)
            if main is not None:
                main()


__path__ = importlib.import_module("tests.bench").__path__

if __name__ == "__main__":
    run()
