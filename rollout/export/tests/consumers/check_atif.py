"""Harbor's models validate each line of `train.jsonl`, and keep what it says."""

import importlib.metadata
import json
import sys
from pathlib import Path

from harbor.models.trajectories import Trajectory
from harbor.utils.trajectory_validator import TrajectoryValidator

lines = (Path(sys.argv[1]) / "train.jsonl").read_text().splitlines()
for line in lines:
    document = json.loads(line)
    trajectory = Trajectory.model_validate(document)
    assert trajectory.schema_version == "ATIF-v1.7" and len(trajectory.steps) == document["final_metrics"]["total_steps"]
    # Nothing was dropped or added on the way through the models. A null in free members is theirs to drop, so only typed members count.
    back = trajectory.model_dump(exclude_unset=True, mode="json")
    assert back == document, (back, document)
    validator = TrajectoryValidator()
    assert validator.validate(document), validator.errors
# The models are strict: this proves that they were asked.
broken = json.loads(lines[0])
broken["steps"][0]["unknown"] = 1
assert not TrajectoryValidator().validate(broken)
print(f"ok train.jsonl: {len(lines)} documents; harbor {importlib.metadata.version('harbor')}")
