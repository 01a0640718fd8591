#!/usr/bin/env python3
"""Whole programs on a terminal of their own: spantail, lnav, logana.

    cargo build --release && benches/terminal.py

Opens each program on a pseudo-terminal and measures from outside: how long until the last line of a file is on the
screen (a small file, one of 1 GB, and with --huge one of 10 GB), what following 50,000 lines/s for ten seconds costs and
how late the last of them is seen, and what an idle screen costs. Programs that are not installed are left out.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import tempfile
import termios
import time
from pathlib import Path

COLUMNS, ROWS = 120, 40
# No other line has these letters, so that each of its cells changes and they are written in one piece. Short, because
# it has to stand within the first sixty columns.
MARK = "ZQXJZQ"
ESCAPES = re.compile(rb"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\[(][0-9;:?<>=]*[ -/]*[@-~]|\x1b[=>78M]")
# What programs ask a terminal, and what one answers.
ANSWERS = [(b"\x1b[6n", b"\x1b[1;1R"), (b"\x1b[c", b"\x1b[?62;22c"), (b"\x1b[?u", b"\x1b[?0u")]
TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """A program on a terminal of its own."""

    def __init__(self, argv, home):
        self.begun = time.monotonic()
        self.written = 0
        self.tail = b""
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=home, TERM="xterm-256color", LC_ALL="C.UTF-8", XDG_STATE_HOME=home + "/state")
            os.execvp(str(argv[0]), [str(argument) for argument in argv])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.set_blocking(self.terminal, False)

    def read(self, seconds):
        """Takes what it writes within this time, or the first of it. Answers whether it goes on."""
        if not select.select([self.terminal], [], [], max(seconds, 0))[0]:
            return True
        try:
            out = os.read(self.terminal, 1 << 16)
        except OSError:
            return False
        for question, answer in ANSWERS:
            if question in out:
                os.write(self.terminal, answer)
        self.written += len(out)
        self.tail = (self.tail + out)[-(1 << 18):]
        return bool(out)

    def wait_for(self, text, seconds):
        """The moment at which the text is on the screen, or `None` after so many seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if text in ESCAPES.sub(b"", self.tail):
                return time.monotonic()
            if not self.read(min(0.05, until - time.monotonic())):
                return None
        return None

    def rest(self, seconds):
        """Reads on for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.read(until - time.monotonic()):
            pass

    def cpu(self):
        """Processor seconds so far, of all its threads."""
        stat = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / TICKS

    def peak(self):
        """The most memory that was resident, in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


def line(n, words):
    return f"2026-03-01 10:{n // 60000 % 60:02}:{n // 1000 % 60:02},{n % 1000:03} INFO {words}\n"


def ordinary(n):
    return line(n, f"order {n:09} placed for customer {n * 7919 % 100000:05} after {n % 900:03} ms, basket complete")


def make(path, size):
    """A file of about `size` bytes whose last line has the mark."""
    if path.exists():
        return
    block = "".join(ordinary(n) for n in range(min(100_000, max(size // 100, 100)))).encode()
    draft = path.with_suffix(".draft")
    with open(draft, "wb") as out:
        while out.tell() + len(block) < max(size, len(block) + 1):
            out.write(block)
        out.write(line(0, f"{MARK} is the end").encode())
    draft.rename(path)


def first_screen(argv, path, home, rounds):
    """The shortest time from the start to the last line on the screen, in ms."""
    best = None
    for _ in range(rounds):
        program = Program([*argv, path], home)
        seen = program.wait_for(MARK.encode(), 120)
        if seen is not None:
            taken = (seen - program.begun) * 1000
            best = taken if best is None else min(best, taken)
        program.end()
    return best


def append(path, rate, seconds, report):
    """Appends lines at a steady rate, and the mark at the end; reports when that was written."""
    step = 0.02
    begun = time.monotonic()
    with open(path, "a", buffering=1 << 20) as out:
        for tick in range(int(seconds / step)):
            for n in range(int(rate * step)):
                out.write(ordinary(tick * int(rate * step) + n))
            out.flush()
            time.sleep(max(0, begun + (tick + 1) * step - time.monotonic()))
        out.write(line(0, f"{MARK} is the end"))
        out.flush()
        os.write(report, struct.pack("d", time.monotonic()))


def follow(argv, folder, home, rate, seconds):
    """Follows a growing file: (cpu s, kB to the terminal, ms behind, MiB), then idle: (percent of a core, bytes/s)."""
    path = folder / "growing.log"
    path.write_text("".join(ordinary(n) for n in range(1000)))
    program = Program([*argv, path], home)
    program.rest(2)
    cpu, written = program.cpu(), program.written
    answer, report = os.pipe()
    writer = os.fork()
    if writer == 0:
        append(path, rate, seconds, report)
        os._exit(0)
    seen = program.wait_for(MARK.encode(), seconds + 30)
    os.waitpid(writer, 0)
    sent = struct.unpack("d", os.read(answer, 8))[0]
    os.close(answer)
    os.close(report)
    program.rest(0.5)
    taken = (program.cpu() - cpu, (program.written - written) / 1000, seen and (seen - sent) * 1000, program.peak())
    program.rest(2)
    cpu, written = program.cpu(), program.written
    program.rest(10)
    idle = ((program.cpu() - cpu) * 10, (program.written - written) / 10)
    program.end()
    path.unlink()
    return taken, idle


def shown(value, width=9, digits=1):
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spantail", default="target/release/spantail", help="the program (%(default)s)")
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "spantail-compare"),
                        help="where the logs are (%(default)s)")
    parser.add_argument("--huge", action="store_true", help="open a file of 10 GB as well")
    parser.add_argument("--rounds", type=int, default=3, help="times that each file is opened (%(default)s)")
    parser.add_argument("--rate", type=int, default=50_000, help="lines a second that are followed (%(default)s)")
    parser.add_argument("--seconds", type=int, default=10, help="for how long (%(default)s)")
    options = parser.parse_args()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {"100 kB": 100_000, "1 GB": 1_000_000_000, **({"10 GB": 10_000_000_000} if options.huge else {})}
    files = {name: folder / f"opened-{size}.log" for name, size in sizes.items()}
    for name, size in sizes.items():
        make(files[name], size)
    programs = {"spantail": [options.spantail], "lnav": ["lnav"], "logana": ["logana", "--tail"]}
    programs = {name: argv for name, argv in programs.items() if shutil.which(argv[0])}
    with tempfile.TemporaryDirectory() as home:
        print(f"from the start to the last line on the screen, {COLUMNS}x{ROWS}, ms")
        print(f"{'program':<12}" + "".join(f"{name:>12}" for name in files))
        for name, argv in programs.items():
            times = [first_screen(argv, path, home, options.rounds) for path in files.values()]
            print(f"{name:<12}" + "".join(shown(taken, 12) for taken in times), flush=True)
        print(f"\nfollowing {options.rate} lines/s for {options.seconds} s, then idle")
        print(f"{'program':<12}{'cpu s':>9}{'kB':>9}{'ms late':>9}{'MiB':>9}{'idle %':>9}{'bytes/s':>9}")
        for name, argv in programs.items():
            taken, idle = follow(argv, folder, home, options.rate, options.seconds)
            print(f"{name:<12}{shown(taken[0], digits=2)}" + "".join(shown(v) for v in (*taken[1:], *idle)), flush=True)


if __name__ == "__main__":
    main()
