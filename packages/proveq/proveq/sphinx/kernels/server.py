"""The process that kernels are forked from: `python -P server.py SOCKET PARENT [MODULE ...]`.

It imports the modules, then answers on a Unix socket: a line of JSON with `argv`, `cwd` and `env` starts a kernel and
is answered by its process number; an empty line ends the server. It ends by itself when the process PARENT is gone.
No thread runs here when it forks. It is run as a file, not as a module of its package, which would import much that no
kernel needs.

Where the environment of a kernel has `PROVEQ_RECORD`, the kernel writes to that file which files below `PROVEQ_ROOT` it
has opened, modules among them, after every cell.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

LAUNCHER = "ipykernel_launcher"
PERIOD = 1.0
#: Events after which another process, which is not watched, may read on behalf of this one.
OTHERS = ("subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system")


def serve(address: str, parent: int) -> None:
    """Answer until told to end, or until the parent is gone."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(f"{address}.new")
        listening.listen(16)
        os.rename(f"{address}.new", address)  # only now can it be found
        while alive(parent):
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if not select.select([listening], [], [], PERIOD)[0]:
                continue
            connection, _ = listening.accept()
            with connection, connection.makefile("rw") as stream:
                line = stream.readline().strip()
                if not line:
                    return
                request = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    listening.close()
                    kernel(request)
                stream.write(f"{pid}\n")
                stream.flush()


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kernel(request: dict[str, Any]) -> None:
    """Become a kernel; does not return."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        argv = request["argv"]
        sys.path.insert(0, "")  # where it runs; the server itself imports nothing from where it was started
        sys.argv = [LAUNCHER, *argv[argv.index(LAUNCHER) + 1 :]]
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance(parent_handle=os.getppid())  # it ends with the server
        app.initialize(sys.argv[1:])
        if target := os.environ.pop("PROVEQ_RECORD", ""):
            write = record(os.environ.pop("PROVEQ_ROOT"), target)
            app.shell.events.register("post_run_cell", lambda _result: write())
        app.start()
        status = 0
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def record(root: str, target: str) -> Callable[[], None]:
    """Watch this process from now on; the function returned writes what was seen so far to the file `target`.

    Of a compiled module its source is noted. Paths are relative to `root`; what lies outside is no part of the project.
    """
    base = os.path.join(os.path.realpath(root), "")
    installed = os.path.join(os.path.realpath(sys.prefix), "")
    seen: set[str] = set()
    unknown: set[str] = set()
    written: list[Any] = [None]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode = arguments[0], arguments[1]
            if isinstance(path, (str, bytes, os.PathLike)) and (mode is None or "r" in mode or "+" in mode):
                seen.add(os.path.abspath(os.fsdecode(path)))
        elif event in OTHERS:
            unknown.add(event)

    def write() -> None:
        modules = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        paths = {source_of(os.path.realpath(path)) for path in seen | {path for path in modules if path}}
        own = (path for path in paths if path.startswith(base) and not path.startswith(installed))
        found = sorted(Path(path[len(base) :]).as_posix() for path in own)
        state = {"files": found, "unknown": sorted(unknown)}
        if state != written[0]:
            written[0] = state
            beside = Path(f"{target}.new")
            beside.write_text(json.dumps(state), encoding="utf-8")
            beside.replace(target)

    sys.addaudithook(hook)
    return write


def source_of(path: str) -> str:
    """The source of a compiled module; any other path as it is."""
    folder, name = os.path.split(path)
    if os.path.basename(folder) != "__pycache__" or not name.endswith(".pyc"):
        return path
    return os.path.join(os.path.dirname(folder), f"{name.split('.')[0]}.py")


def main() -> None:
    """Import, then serve."""
    address, parent, *modules = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the build, which ends this process
    for module in ("ipykernel.kernelapp", "ipykernel.ipkernel", *modules):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    serve(address, int(parent))


if __name__ == "__main__":
    main()
