"""The server of one build: started when the first kernel is asked for, ended with the build."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

__all__ = ["address", "close", "open_session"]

FOLDER, PARENT, PRELOAD = "PROVEQ_KERNELS", "PROVEQ_BUILD", "PROVEQ_PRELOAD"
PATIENCE = 120.0
#: The server, where this process started it.
STARTED: list[subprocess.Popen[bytes]] = []
#: The kernel that a book names `python3`: one thread, a fixed hash seed, only errors logged, output in one piece.
SPECIFICATIONS = Path(__file__).parents[1] / "jupyter"
POSSIBLE = hasattr(os, "fork") and hasattr(os, "pidfd_open")


def open_session(preload: list[str]) -> bool:
    """Let kernels of this process and of those that it forks be served; nothing is started yet.

    Returns
    -------
    bool
        Whether there was none before: who opened one closes it.
    """
    os.environ["JUPYTER_PATH"] = str(SPECIFICATIONS)
    if not POSSIBLE or FOLDER in os.environ:
        return False
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="proveq-")
    os.environ[PARENT] = str(os.getpid())
    os.environ[PRELOAD] = " ".join(preload)
    return True


def address(environment: Mapping[str, str]) -> str | None:
    """Where the server listens, which is started if it does not run; None without a session.

    Parameters
    ----------
    environment
        Of the kernel that is to be started: the server has the same threads and hash seed.

    Raises
    ------
    RuntimeError
        If the server does not come up.
    """
    folder = os.environ.get(FOLDER)
    if not folder:
        return None
    path = Path(folder, "socket")
    with Path(folder, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            start(path, environment)
    return str(path)


def start(path: Path, environment: Mapping[str, str]) -> None:
    """Start the server and wait until it listens."""
    modules = os.environ[PRELOAD].split()
    server = str(Path(__file__).with_name("server.py"))
    command = [sys.executable, "-P", server, str(path), os.environ[PARENT], *modules]
    log = path.with_name("log")  # not the build's own output, which would stay open as long as the server runs
    with log.open("w") as said:
        process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
    end = time.monotonic() + PATIENCE
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise RuntimeError(f"the server of the kernels did not start:\n{log.read_text()}")
        time.sleep(0.01)
    STARTED.append(process)


def close() -> None:
    """End the session that this process opened, and its server."""
    folder = os.environ.pop(FOLDER)
    del os.environ[PARENT], os.environ[PRELOAD]
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(Path(folder, "socket")))
        connection.sendall(b"\n")
    while STARTED:
        STARTED.pop().wait(PATIENCE)
    shutil.rmtree(folder, ignore_errors=True)
