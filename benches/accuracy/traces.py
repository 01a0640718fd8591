#!/usr/bin/env python3
"""How near critical paths and calls between services come to what is known of traces.  Stdlib only.

    cargo build --release && benches/accuracy/traces.py CORPUS [--out FOLDER] [--spantail PROGRAM] [--microseconds]

Writes the traces of a corpus as files that spantail reads, has `spantail traces get --all FILE --output json` look at
them, writes what that found as the corpus's scorer wants it, and prints what the scorer says. docs/ACCURACY.md says
what a corpus consists of and what the figures mean.
"""

import argparse
import csv
import gzip
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

# Sets of spans: the folder with the truth, and where their spans are.
SETS = {
    "trainticket-normal-0129": "rca/normal-0129/trace.csv.gz",
    "trainticket-0129-0843-during": "rca/ts-0129-0843/during_trace.csv.gz",
    "onlineboutique-normal-0823": "traces/onlineboutique-normal-0823/trace.csv.gz",
}

# Fixtures begin at 0, which is the time that nobody knows; they are moved to a day, in microseconds.
DAY = 1_700_000_000_000_000

# What Kubernetes appends to the name of a deployment to name its pods.
POD = re.compile(r"-[0-9a-f]{6,10}-[a-z0-9]{5}$")


def fixture(document):
    """A document of Jaeger with ids that are hexadecimal and times that are known."""
    for at, trace in enumerate(document["data"], start=1):
        ids = {span["spanID"]: f"{n:016x}" for n, span in enumerate(trace["spans"], start=1)}
        name = f"{at:032x}"
        trace["traceID"] = name
        for span in trace["spans"]:
            span.update(traceID=name, spanID=ids[span["spanID"]], startTime=span["startTime"] + DAY)
            for reference in span["references"]:
                reference.update(traceID=name, spanID=ids.get(reference["spanID"], f"{(1 << 64) - 1:016x}"))
    return {"data": document["data"]}


def request(row, is_cut):
    """A row of a table of spans as a request of OTLP, its times cut to microseconds if the reference had them so."""
    begin, end = int(row["StartTimeUnixNano"]), int(row["EndTimeUnixNano"])
    if is_cut:
        begin, end = begin // 1000 * 1000, end // 1000 * 1000
    span = {
        "traceId": row["TraceID"],
        "spanId": row["SpanID"],
        "name": row["OperationName"],
        "startTimeUnixNano": str(begin),
        "endTimeUnixNano": str(end),
    }
    if row["ParentID"] != "root":
        span["parentSpanId"] = row["ParentID"]
    service = {"key": "service.name", "value": {"stringValue": POD.sub("", row["PodName"])}}
    return {"resourceSpans": [{"resource": {"attributes": [service]}, "scopeSpans": [{"spans": [span]}]}]}


def table(source, target, is_cut):
    """Writes a compressed table of spans as OTLP JSON Lines."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as rows, open(target, "w", encoding="utf-8") as out:
        for row in csv.DictReader(rows):
            out.write(json.dumps(request(row, is_cut), separators=(",", ":")) + "\n")


def looked_at(spantail, file):
    """What spantail says of each trace of a file."""
    command = [spantail, "traces", "get", "--all", str(file), "--output", "json"]
    answer = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return [json.loads(line) for line in answer.stdout.splitlines()]


def microseconds(times):
    """Nanoseconds by name as microseconds, whole where they are."""
    return {name: time // 1000 if time % 1000 == 0 else time / 1000 for name, time in times.items()}


def lines(path, objects):
    path.write_text("".join(json.dumps(it) + "\n" for it in objects), encoding="utf-8")


def score(corpus, mode, truth, prediction):
    scorer = corpus / "score" / "trace_score.py"
    command = [sys.executable, str(scorer), mode, "--truth", str(truth), "--pred", str(prediction)]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout)


def fixtures(corpus, out, spantail):
    truth, found = corpus / "traces" / "crisp", []
    for source in sorted(truth.glob("*.json")):
        file = out / f"crisp-{source.name}"
        file.write_text(json.dumps(fixture(json.loads(source.read_text(encoding="utf-8")))), encoding="utf-8")
        [trace] = looked_at(spantail, file)
        found.append({"fixture": source.name, "exclusive_us": microseconds(trace["critical_path"]["exclusive_ns"])})
    prediction = out / "crisp.jsonl"
    lines(prediction, found)
    return score(corpus, "fixture", truth, prediction)


def real(corpus, out, arguments, name, spans):
    """The scores of the paths and of the edges of one set."""
    truth, file = corpus / "traces" / name, out / f"{name}.otlp.jsonl"
    table(corpus / spans, file, arguments.microseconds)
    paths, calls = [], Counter()
    for trace in looked_at(arguments.spantail, file):
        path = trace["critical_path"]
        times = microseconds(path["exclusive_ns"])
        paths.append({"trace": trace["trace_id"], "path": path["spans"], "exclusive_us": times})
        calls.update({(edge["from"], edge["to"]): edge["calls"] for edge in trace["edges"]})
    prediction, edges = out / f"{name}.jsonl", out / f"{name}.edges.csv"
    lines(prediction, paths)
    with open(edges, "w", encoding="utf-8", newline="") as table_of_edges:
        writer = csv.writer(table_of_edges)
        writer.writerow(["caller", "callee", "calls"])
        writer.writerows((*edge, count) for edge, count in sorted(calls.items()))
    known = "critical_path.jsonl.gz"
    return score(corpus, "path", truth / known, prediction), score(corpus, "edges", truth / "edges.csv", edges)


def told(scores):
    return "  ".join(f"{key} {value}" for key, value in scores.items() if value != [])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--out", type=Path, help="where to leave what was written; else nothing is left")
    parser.add_argument("--spantail", default="target/release/spantail")
    parser.add_argument("--microseconds", action="store_true", help="cut times to what the reference saw")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = arguments.out or Path(temporary)
        out.mkdir(parents=True, exist_ok=True)
        print("crisp:", told(fixtures(arguments.corpus, out, arguments.spantail)))
        for name, spans in SETS.items():
            paths, edges = real(arguments.corpus, out, arguments, name, spans)
            print(f"{name}:\n  paths: {told(paths)}\n  edges: {told(edges)}")


if __name__ == "__main__":
    main()
