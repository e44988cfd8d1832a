"""Commands on a terminal of a given width."""

import fcntl
import os
import pty
import struct
import subprocess
import termios


def on_terminal(columns: int, *command: str, status: int = 0) -> str:
    """Return what a command prints on a terminal, with the codes of its styles."""
    terminal, ours = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    hidden = {"COLUMNS", "NO_COLOR", "TERM", "TERMINAL_WIDTH"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden} | {"TERM": "xterm"}
    printed = b""
    with subprocess.Popen(command, stdout=ours, stderr=ours, env=environment) as process:
        os.close(ours)
        try:
            while read := os.read(terminal, 1 << 16):
                printed += read
        except OSError:  # the end, on Linux
            pass
    os.close(terminal)
    assert process.returncode == status, printed.decode()
    return printed.decode()
