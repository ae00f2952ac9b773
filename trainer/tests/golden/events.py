"""Event files with TensorBoard's own code: `events.py make OUT` writes a golden file, `events.py read FOLDER` prints what is in a folder."""

import io
import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto import event_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

SECONDS = 1_700_000_000
AFTER = 299
STEP = {"kind": "step", "step": 300, "phase": "tools", "loss": 0.875, "rate": 1e-4, "gradient_norm": 0.0, "tokens": 65536, "learned": 9000}
STEP |= {"tokens_per_second": 31250.5, "tflops": 210.25, "mfu": 0.4, "seconds": 2.097}
HELD_OUT = {"kind": "held_out", "step": 300, "loss": 1.25, "tokens": 4096}
CALLS = {"calls": 64, "right": 0.75, "names": 0.9375, "arguments": 0.78125}
LINES = [STEP, {key: value for key, value in STEP.items() if key != "mfu"} | {"step": 301}, HELD_OUT | {"calls": CALLS}, HELD_OUT]


def scalars(line):
    """Tags and values of a line of metrics.jsonl."""
    if line["kind"] == "step":
        names = ["loss", "rate", "gradient_norm", "tokens_per_second", "tflops", "mfu"]
        return [("train/" + name, line[name]) for name in names if name in line]
    calls = line.get("calls", {})
    names = [("calls_right", "right"), ("call_names", "names"), ("call_arguments", "arguments")]
    return [("held_out/loss", line["loss"])] + [("held_out/" + tag, calls[name]) for tag, name in names if name in calls]


def make(out):
    """The bytes of a file of LINES, which follow each other by half a second."""
    data = io.BytesIO()
    writer = RecordWriter(data)
    writer.write(event_pb2.Event(wall_time=SECONDS, file_version="brain.Event:2").SerializeToString())
    start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
    writer.write(event_pb2.Event(wall_time=SECONDS, step=AFTER + 1, session_log=start).SerializeToString())
    for i, line in enumerate(LINES):
        event = event_pb2.Event(wall_time=SECONDS + i / 2, step=line["step"])
        for tag, value in scalars(line):
            event.summary.value.add(tag=tag, simple_value=value)
        writer.write(event.SerializeToString())
    document = {"seconds": SECONDS, "after": AFTER, "lines": LINES, "bytes": data.getvalue().hex()}
    (pathlib.Path(out) / "events.json").write_text(json.dumps(document, indent=1) + "\n")


def read(folder):
    """Scalars that TensorBoard keeps of a folder, and the number of events in each file."""
    board = EventAccumulator(folder, size_guidance={"scalars": 0}).Reload()
    tags = {tag: [[one.wall_time, one.step, one.value] for one in board.Scalars(tag)] for tag in board.Tags()["scalars"]}
    files = sorted(pathlib.Path(folder).iterdir())
    counts = {file.name: sum(1 for _ in EventFileLoader(str(file)).Load()) for file in files}
    print(json.dumps({"tags": tags, "events": counts}))


if __name__ == "__main__":
    {"make": make, "read": read}[sys.argv[1]](sys.argv[2])
