"""Gathers static files under names with their digests, so that browsers may keep them for ever."""

import argparse
import hashlib
import json
import pathlib
import shutil

SOURCES = pathlib.Path(__file__).parent.parent / "assets"


def collect(output):
    output.mkdir(parents=True)
    names = {}
    for source in sorted(SOURCES.rglob("*.*")):
        digest = hashlib.sha256(source.read_bytes()).hexdigest()[:8]
        name = f"{source.stem}.{digest}{source.suffix}"
        shutil.copy(source, output / name)
        names[str(source.relative_to(SOURCES))] = name
    (output / "manifest.json").write_text(json.dumps(names, indent=2))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    collect(parser.parse_args().output)
