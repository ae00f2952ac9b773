"""by_wardian.py WARDIAN TOKENIZER-FOLDER TEMPLATE OUT: `wardian train inspect`, a conversation a file."""

import json
import pathlib
import subprocess
import sys
import tempfile

from more import all_cases, write

wardian, model, template, out = sys.argv[1:]


def one(case, folder):
    file = pathlib.Path(folder, "case.jsonl")
    file.write_text(json.dumps({"messages": case["messages"], "tools": case["tools"]}) + "\n")
    length = case["length"] or 32768
    command = [wardian, "train", "inspect", str(file), "--model", model, "--template", template, "--length", str(length), "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return {"refused": done.stderr.strip()[:300]}
    answer = json.loads(done.stdout)
    if not answer["rows"]:
        return {"refused": json.dumps(answer["left_out"])}
    [row] = answer["rows"]
    learned = [0] * len(row["ids"])
    for first, end in row["learned"]:
        learned[first:end] = [1] * (end - first)
    # Those behind `kept` are cut off.
    return {"ids": row["ids"][: row["kept"]], "learned": learned[: row["kept"]]}


with tempfile.TemporaryDirectory() as folder:
    cases = {name: one(case, folder) for name, case in all_cases().items()}
version = subprocess.run([wardian, "--version"], capture_output=True, text=True).stdout.strip()
write(out, version, {"wardian": cases})
