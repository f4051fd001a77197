"""The coverage gate: words, rules and flows wholly (branches too), the whole program at least 95 %.

Lines that cannot be reached are listed here with their reason, nowhere else; a ``no cover`` comment is not believed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import coverage

ROOT = Path(__file__).resolve().parent.parent
WHOLE = ("distributor/text/", "distributor/rules/", "distributor/flows/")
LEAST = 95.0


def main() -> int:
    """Print what is missing; 0 when the gate is open."""
    data = coverage.Coverage(data_file=str(ROOT / ".coverage"), config_file=str(ROOT / "pyproject.toml"))
    data.load()
    report = ROOT / ".coverage.json"
    total = data.json_report(outfile=str(report))
    found = json.loads(report.read_text("utf-8"))
    report.unlink()
    problems = [
        f"{path}: lines {one['missing_lines']}, branches {one['missing_branches']}"
        for path, one in found["files"].items()
        if path.startswith(WHOLE) and (one["missing_lines"] or one["missing_branches"])
    ]
    problems += [
        f"{path}: a line says 'no cover'"
        for path in found["files"]
        if "pragma: no cover" in (ROOT / path).read_text("utf-8")
    ]
    if total < LEAST:
        problems.append(f"the whole program is covered to {total:.1f} %, at least {LEAST:.0f} % is asked")
        worst = sorted(found["files"].items(), key=lambda item: -len(item[1]["missing_lines"]))[:15]
        problems += [f"  {path}: {one['summary']['percent_covered']:.0f} %" for path, one in worst]
    print(f"coverage: {total:.2f} % with branches, {len(problems)} problems")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
