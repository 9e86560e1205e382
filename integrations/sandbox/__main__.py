"""Start one sandbox server: ``python -m integrations.sandbox xseries --port 8802 --data DIR``."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path

from integrations.sandbox.kit.store import Store
from integrations.sandbox.kit.web import serve
from integrations.sandbox.world.build import SCALES


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m integrations.sandbox", description=__doc__)
    parser.add_argument("server", choices=["xseries", "nuorder"])
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--data", type=Path, help="folder for its file; left out: in memory")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--size", default="demo", choices=sorted(SCALES))
    parser.add_argument("--lag-scale", type=float, default=1.0, help="multiplies all waiting")
    parser.add_argument("--list-lag", type=float, default=0.0, help="seconds before lists show new")
    parser.add_argument("--nuorder-url", help="where the other server is, for links between them")
    parser.add_argument("--xseries-url", help="where the other server is, for links between them")
    return parser


def main(argv: list[str] | None = None) -> None:
    """Build the server named on the command line and serve it until it is told to stop."""
    options = arguments().parse_args(argv)
    path = options.data / f"{options.server}.sqlite3" if options.data else None
    module = importlib.import_module(f"integrations.sandbox.{options.server}.app")
    peer = options.nuorder_url if options.server == "xseries" else options.xseries_url
    app = module.create_app(
        Store(path),
        seed=options.seed,
        size=options.size,
        lag_scale=options.lag_scale,
        list_lag=options.list_lag,
        peer_url=peer,
    )
    serve(app, options.port)


if __name__ == "__main__":
    main()
