"""Brings in one file after another, each in a child process with limits; tells how each went.

Started by test_incoming.py with a folder; prints one line of JSON a file. A child that is killed,
aborts, or lets an exception out is told as such: nothing can hide in it.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

import fidelity.collect.marked_copy  # noqa: F401 - all that a run needs, loaded once
import fidelity.collect.plain_sheet  # noqa: F401
import fidelity.collect.workbook_reader  # noqa: F401
from fidelity.collect.ingest import ingest
from fidelity.rubric import read_rubric

CPU_SECONDS, ADDRESS_SPACE = 20, 3_000_000_000


def child(path: Path, data: Path, write: int) -> None:
    """Bring in one file; what came of it goes into a pipe."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    try:
        found = ingest([path], data, rubrics=[SOS] if path.suffix == ".csv" else [])
        told = {"ok": found.ok, "told": str(found)[:4000], "uncaught": ""}
    except BaseException as error:
        told = {"ok": False, "told": "", "uncaught": f"{type(error).__name__}: {error}"}
    os.write(write, json.dumps(told).encode()[:60_000])
    os._exit(0)


def one(path: Path, data: Path) -> dict[str, object]:
    """What came of a file, its time, and the most memory that its process held."""
    read, write = os.pipe()
    begin = time.monotonic()
    pid = os.fork()
    if pid == 0:
        child(path, data, write)
    os.close(write)
    held = b""
    while part := os.read(read, 65536):
        held += part
    os.close(read)
    _, status, usage = os.wait4(pid, 0)
    told = json.loads(held) if held else {"ok": False, "told": "", "uncaught": f"status {status}"}
    left = sorted(p.name for p in data.iterdir()) if data.is_dir() else []
    return {
        **told, "file": path.name, "status": status, "left": left,
        "cpu": usage.ru_utime + usage.ru_stime, "wall": time.monotonic() - begin,
        "megabytes": usage.ru_maxrss / 1024,
    }  # fmt: skip


SOS = read_rubric("sos_case_file")
if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for number, found in enumerate(sorted(folder.iterdir())):
        print(json.dumps(one(found, folder.parent / "data" / str(number))), flush=True)
