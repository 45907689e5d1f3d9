"""`python -m benchmarks [NAME ...] [--json]`: measures, and prints a table of ratios or one JSON document."""

import argparse
import importlib
import json
import os
import pkgutil
import sys
import tempfile
import time
from types import ModuleType

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import psutil

import benchmarks
from benchmarks import Row, Setting

MARK = {True: "yes", False: "NO", None: ""}


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmarks that are named, all without a name; returns the exit status."""
    found = _found()
    options = _parser(found).parse_args(arguments)
    setting = Setting(options.repeats, options.tiny)
    document = {"machine": _machine(), "repeats": setting.repeats, "tiny": setting.tiny, "benchmarks": []}
    for name in options.names or found:
        one = _measure(name, found[name], setting)
        document["benchmarks"].append(one)
        if not options.json:
            _print(one)
    if options.json:
        print(json.dumps(document, indent=1, allow_nan=False))
    return 0


def _found() -> dict[str, ModuleType]:
    """The benchmarks of this folder: its modules that measure."""
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("__")]
    modules = {name: importlib.import_module(f"benchmarks.{name}") for name in names}
    return {name: module for name, module in modules.items() if hasattr(module, "measure")}


def _parser(found: dict[str, ModuleType]) -> argparse.ArgumentParser:
    about = "\n".join(f"  {name:14}{(module.__doc__ or '').partition(chr(10))[0]}" for name, module in found.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=f"What is fast, against what.\n\n{about}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[[], *found], help="which; all when left out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--repeats", type=int, default=5, help="turns per measurement, 5 when left out")
    parser.add_argument("--tiny", action="store_true", help="only try whether everything works")
    return parser


def _measure(name: str, module: ModuleType, setting: Setting) -> dict[str, object]:
    """One benchmark in a workspace of its own, and how busy the machine was."""
    print(f"measuring {name} ...", file=sys.stderr)
    before, began = psutil.getloadavg()[0], time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        os.environ["KERNELSCOPE_HOME"] = home
        rows: list[Row] = module.measure(setting)
    return {
        "name": name,
        "seconds": round(time.monotonic() - began, 1),
        "load": [round(before, 2), round(psutil.getloadavg()[0], 2)],
        "rows": [row.to_json() for row in rows],
    }


def _machine() -> dict[str, object]:
    return {"cores": psutil.cpu_count(), "memory_gb": round(psutil.virtual_memory().total / 2**30, 1)}


def _print(one: dict[str, object]) -> None:
    """The rows of a benchmark as a table."""
    print(f"\n{one['name']}   {one['seconds']} s, load average {one['load'][0]} before, {one['load'][1]} after")
    for row in one["rows"]:
        ratio = f"{row['median']:8.2f}" if row["ratios"] else f"{'–':>8}"
        spread = f"{min(row['ratios']):.2f}..{max(row['ratios']):.2f}" if row["ratios"] else ""
        print(f"  {row['what']:52}{ratio}  {spread:14}{_aim(row):12}{MARK[row['is_met']]:4} {row['note']}")


def _aim(row: dict[str, object]) -> str:
    """What the median should keep to."""
    low, high = row["at_least"], row["at_most"]
    if low is not None and high is not None:
        return f"{low}..{high}"
    return f">= {low}" if low is not None else f"<= {high}" if high is not None else ""


if __name__ == "__main__":
    sys.exit(main())
