"""The command line: serve, migrate, stock."""

import argparse
import sys

from . import __version__, database, server, stock


def main(argv=None):
    parser = argparse.ArgumentParser(prog="shop", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)

    serve = commands.add_parser("serve", help="answer requests")
    serve.add_argument("--workers", type=int, default=2)

    commands.add_parser("migrate", help="bring the database up to date")
    commands.add_parser("stock", help="print what is left on the shelves")

    args = parser.parse_args(argv)
    if args.command == "serve":
        return server.run(workers=args.workers)
    if args.command == "migrate":
        return database.migrate()
    return stock.report(sys.stdout)


if __name__ == "__main__":
    sys.exit(main())
