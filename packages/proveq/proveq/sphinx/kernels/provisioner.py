"""How Jupyter starts a kernel here: by asking the server to fork one."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from ...expressions import ASKED
from . import session

__all__ = ["ForkingProvisioner"]


class Forked:
    """A process that is no child of this one, with what is used of `subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid
        self.returncode: int | None = None
        self._handle = os.pidfd_open(pid)

    def poll(self, timeout: float | None = 0) -> int | None:
        """None as long as it runs; then a number, which is not the one that it ended with."""
        if self.returncode is None and select.select([self._handle], [], [], timeout)[0]:
            self.returncode = 0
            os.close(self._handle)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end."""
        return self.poll(timeout)

    def send_signal(self, number: int) -> None:
        """Send a signal, if it still runs."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)


class ForkingProvisioner(LocalProvisioner):
    """Starts kernels by the server of the build, or, where there is none, as `LocalProvisioner` does."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start a kernel."""
        if ASKED in kwargs["env"]:
            cmd = [*cmd, "--InteractiveShellApp.extensions=proveq.expressions"]
        address = session.address(kwargs["env"])
        if address is None:
            return await super().launch_kernel(cmd, **kwargs)
        request = {"argv": cmd, "cwd": kwargs.get("cwd") or os.getcwd(), "env": kwargs["env"]}
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.connect(address)
            with connection.makefile("rw") as stream:
                stream.write(f"{json.dumps(request)}\n")
                stream.flush()
                self.pid = int(stream.readline())
        self.process = Forked(self.pid)
        self.pgid = self.pid  # it leads a session, and so a group, of its own
        return self.connection_info
