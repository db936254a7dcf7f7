"""Runs the PostgreSQL of one test run: `python database_keeper.py FOLDER PID`.

It says `ready` on its output once the server answers, and ends, with all that it made, when process PID has ended,
however that was. So a test run that is killed leaves nothing behind.
"""

import os
import select
import shutil
import sys
from pathlib import Path

from tocsin.core.postgres import RunningPostgres


def main(folder: Path, run_pid: int) -> None:
    run = os.pidfd_open(run_pid)
    with RunningPostgres(folder / "server"):
        print("ready", flush=True)
        poll = select.poll()
        poll.register(run)
        poll.poll()
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
