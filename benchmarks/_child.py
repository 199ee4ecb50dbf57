"""One measurement in a process of its own: ``python -m benchmarks._child FILE1 FILE2 OPTIONS``.

Prints the row of the table, the seconds from opening to the row, and the peak of the resident
memory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter

import covoxel


def main(first: str, second: str, options: str) -> None:
    start = perf_counter()
    channels = [covoxel.read_image(path)[0] for path in (first, second)]
    table = covoxel.measure(*channels, **json.loads(options)).table
    seconds = perf_counter() - start
    row = json.loads(table.to_json(orient="records", double_precision=15))[0]
    print(json.dumps({"row": row, "seconds": seconds, "resident": peak()}))


def peak(process: int | str = "self") -> float:
    """Return the peak of a process in MB, 0 if it has ended.

    ru_maxrss would know that of the process which started this one.
    """
    text = Path(f"/proc/{process}/status").read_text()
    status = dict(line.split(":", 1) for line in text.splitlines())
    return int(status.get("VmHWM", "0").split()[0]) / 1e3


if __name__ == "__main__":
    main(*sys.argv[1:])
