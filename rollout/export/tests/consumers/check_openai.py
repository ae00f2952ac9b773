"""The types of OpenAI's client accept each line of `train.jsonl`; what they leave open is held against the published schema of a line."""

import json
import sys
from pathlib import Path

import openai
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam
from pydantic import TypeAdapter

# FineTuneChatRequestInput of OpenAI's OpenAPI document: members of a line, and of messages by role.
LINE = {"messages", "tools", "parallel_tool_calls", "functions"}
MESSAGE = {
    "system": {"role", "content", "name"},
    "user": {"role", "content", "name"},
    "assistant": {"role", "content", "refusal", "name", "audio", "tool_calls", "function_call", "weight"},
    "tool": {"role", "content", "tool_call_id"},
}
messages_type = TypeAdapter(list[ChatCompletionMessageParam])
tools_type = TypeAdapter(list[ChatCompletionToolParam])
lines = (Path(sys.argv[1]) / "train.jsonl").read_text().splitlines()
weights = []
for line in lines:
    row = json.loads(line)
    assert set(row) <= LINE, set(row)
    messages_type.validate_python(row["messages"])
    tools_type.validate_python(row.get("tools", []))
    names = {tool["function"]["name"] for tool in row.get("tools", [])}
    open_calls = []
    for message in row["messages"]:
        assert set(message) <= MESSAGE[message["role"]], message
        if message["role"] == "assistant":
            assert not open_calls, open_calls
            assert message["weight"] in (0, 1) and (message["content"] or message.get("tool_calls"))
            weights.append(message["weight"])
            open_calls = [call["id"] for call in message.get("tool_calls", [])]
            assert all(call["function"]["name"] in names and isinstance(call["function"]["arguments"], str) for call in message.get("tool_calls", []))
        elif message["role"] == "tool":
            open_calls.remove(message["tool_call_id"])
    assert row["messages"][-1]["role"] == "assistant"
    assert isinstance(row.get("parallel_tool_calls", False), bool)
assert 0 in weights and 1 in weights, "the sample has masked turns"
print(f"ok train.jsonl: {len(lines)} lines, {weights.count(1)} turns with weight 1, {weights.count(0)} with 0; openai {openai.__version__}")
