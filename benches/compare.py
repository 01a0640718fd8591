#!/usr/bin/env python3
"""Whole processes on the same files, one after the other: spantail, wc, grep, rg, lnav, logana.

    cargo build --release && benches/compare.py

Makes two logs in a temporary folder unless they are there: a million lines of Python's logging and a million JSON
objects. Runs every program in turns, so that a busy moment of the machine hits all of them, and prints for each the
shortest run, its ratio to `grep -c`, processor time, peak resident memory and its answer. Programs that are not
installed are left out.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PHRASE = "connection reset by peer"
MEMORY = "/usr/bin/time"


def noise(n):
    """A number that looks random and is the same in every run (the finalizer of SplitMix64)."""
    mask = (1 << 64) - 1
    z = (n + 1) * 0x9E3779B97F4A7C15 & mask
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
    return z ^ (z >> 31)


LEVELS = ["INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARNING"]
WORDS = ["order placed", "cache miss", "retrying call", "payment declined", "stock checked", "mail sent"]
SERVICES = ["checkout", "payments", "catalog", "cart"]


def fields(n):
    """What line `n` says: one in a thousand is the error that is looked for."""
    z = noise(n)
    is_error = n % 1000 == 0
    return {
        "clock": (n // 3_600_000 % 24, n // 60_000 % 60, n // 1000 % 60, n % 1000),
        "level": "ERROR" if is_error else LEVELS[z % len(LEVELS)],
        "words": f"upstream failed: {PHRASE}" if is_error else WORDS[(z >> 8) % len(WORDS)],
        "service": SERVICES[(z >> 16) % len(SERVICES)],
        "status": 500 if z % 50 == 0 else 200,
        "trace": (z << 40 | n // 10 + 1) & ((1 << 128) - 1),
        "noise": z,
    }


def python_line(n):
    f = fields(n)
    hour, minute, second, milli = f["clock"]
    z = f["noise"]
    return (
        f"2026-03-01 {hour:02}:{minute:02}:{second:02},{milli:03} {f['level']} [shop.{f['service']}] [worker-{z % 16}] "
        f"[trace_id={f['trace']:032x} span_id={z:016x}] - {f['words']} for customer {z % 100_000} after {milli} ms, "
        f"{z % 7} items\n"
    )


def json_line(n):
    f = fields(n)
    hour, minute, second, milli = f["clock"]
    z = f["noise"]
    return (
        f'{{"timestamp":"2026-03-01T{hour:02}:{minute:02}:{second:02}.{milli:03}Z","level":"{f["level"]}",'
        f'"service":"{f["service"]}","message":"{f["words"]} for customer {z % 100_000}","method":"GET",'
        f'"status":{f["status"]},"duration_ms":{milli},"trace_id":"{f["trace"]:032x}","span_id":"{z:016x}"}}\n'
    )


def generate(path, count, line):
    """In a process of its own, so that this one stays small: what it takes is the least that a child can show."""
    if path.exists():
        return
    child = os.fork()
    if child == 0:
        draft = path.with_suffix(".draft")
        with open(draft, "w", buffering=1 << 20) as out:
            for n in range(count):
                out.write(line(n))
        draft.rename(path)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        sys.exit(f"{path} could not be written")


def run(command):
    """Runs it once: (seconds, processor seconds, peak MiB)."""
    note = tempfile.NamedTemporaryFile(mode="r")
    measured = [MEMORY, "-q", "-f", "%M", "-o", note.name] if os.path.exists(MEMORY) else []
    # A file, and not /dev/null: grep sees that and stops at the first match.
    out = tempfile.TemporaryFile()
    begun = time.perf_counter()
    child = subprocess.Popen(measured + command["argv"], stdin=subprocess.DEVNULL, stdout=out,
                             stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    peak = float(note.read() or 0) / 1024 if measured else usage.ru_maxrss / 1024
    return seconds, usage.ru_utime + usage.ru_stime, peak


def answer(command):
    """What it says or how many lines it prints, so that all can be seen to answer the same question. Not timed."""
    done = subprocess.run(command["argv"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=ENVIRONMENT)
    if done.returncode not in (0, 1):
        why = done.stderr.decode(errors="replace").strip().splitlines()
        return f"exit {done.returncode}: {why[0] if why else ''}"
    lines = done.stdout.count(b"\n")
    return f"{lines} lines" if command.get("prints") else done.stdout.split(b" ")[0].decode(errors="replace").strip()


ENVIRONMENT = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


def commands(spantail, text, json):
    """What is run, by the question that it answers."""
    stream = [spantail, "stream", "--no-color"]
    return {
        f"{text.name}: lines with the phrase": [
            {"name": "grep -c", "argv": ["grep", "-c", PHRASE, text]},
            {"name": "wc -l", "argv": ["wc", "-l", text]},
            {"name": "rg -c", "argv": ["rg", "-c", PHRASE, text]},
            {"name": "spantail stream -c", "argv": [*stream, text, "--filter", f'"{PHRASE}"', "-c"]},
            {"name": "spantail stream", "argv": [*stream, text, "--filter", f'"{PHRASE}"'], "prints": True},
            {"name": "lnav -n, opened only", "argv": ["lnav", "-n", "-c", ":filter-in no_line_has_this", text],
             "prints": True},
            {"name": "lnav -n, filtered", "argv": ["lnav", "-n", "-c", f":filter-in {PHRASE}", text], "prints": True},
            {"name": "logana --headless", "argv": ["logana", "--headless", "-i", PHRASE, text], "prints": True},
        ],
        f"{json.name}: objects whose status is 500": [
            {"name": "grep -c", "argv": ["grep", "-c", '"status":500', json]},
            {"name": "wc -l", "argv": ["wc", "-l", json]},
            {"name": "rg -c", "argv": ["rg", "-c", '"status":500', json]},
            {"name": "spantail stream -c", "argv": [*stream, json, "--filter", "status:500", "-c"]},
            {"name": "spantail stream", "argv": [*stream, json, "--filter", "status:500"], "prints": True},
            {"name": "lnav -n, filtered", "argv": ["lnav", "-n", "-c", ':filter-in "status":500', json],
             "prints": True},
            {"name": "logana --headless", "argv": ["logana", "--headless", "-i", "--field status=500", json],
             "prints": True},
        ],
    }


def is_there(command):
    return shutil.which(str(command["argv"][0])) is not None


def compare(question, candidates, rounds):
    print(f"\n{question}")
    print(f"{'program':<24}{'seconds':>9}{'x grep -c':>11}{'cpu s':>8}{'MiB':>8}  answer")
    there = [command for command in candidates if is_there(command)]
    answers = {command["name"]: answer(command) for command in there}
    best = {}
    for _ in range(rounds):
        for command in there:
            taken = run(command)
            name = command["name"]
            best[name] = min(best.get(name, taken), taken)
    base = best.get("grep -c", (float("nan"),))[0]
    for command in candidates:
        name = command["name"]
        if name not in best:
            print(f"{name:<24}  is not installed")
            continue
        seconds, cpu, peak = best[name]
        print(f"{name:<24}{seconds:>9.3f}{seconds / base:>11.1f}{cpu:>8.2f}{peak:>8.1f}  {answers[name]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--spantail", default="target/release/spantail", help="the program (%(default)s)")
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "spantail-compare"),
                        help="where the logs are (%(default)s)")
    parser.add_argument("--lines", type=int, default=1_000_000, help="lines of each log (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each program (%(default)s)")
    options = parser.parse_args()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    text, json = folder / f"python-{options.lines}.log", folder / f"json-{options.lines}.log"
    generate(text, options.lines, python_line)
    generate(json, options.lines, json_line)
    for path in (text, json):
        size = path.stat().st_size
        print(f"{path.name}: {options.lines} lines, {size / 1e6:.0f} MB, {size / options.lines:.0f} bytes a line")
    for question, candidates in commands(options.spantail, text, json).items():
        compare(question, candidates, options.rounds)


if __name__ == "__main__":
    main()
