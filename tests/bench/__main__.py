"""`make bench`: every benchmark, or those named on the command line. Prints; judges nothing."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench as bench


def main(wanted: list[str]) -> int:
    """Runs the benchmarks whose names contain a wanted word; all when none is given."""
    names = [m.name for m in pkgutil.iter_modules(bench.__path__) if m.name.startswith("bench_")]
    chosen = [name for name in sorted(names) if not wanted or any(word in name for word in wanted)]
    if not chosen:
        print(f"expected one of {', '.join(sorted(names))}", file=sys.stderr)
        return 2
    for name in chosen:
        print(f"\n== {name.removeprefix('bench_')} ==", flush=True)
        sys.argv = [name]  # some read their own options, when they are run alone
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
