"""What transformers makes of a folder that a training wrote: loads.py FOLDER ROW.json [ADAPTER]. Prints JSON: ids of the conversation, logits behind its last
token, and what the model answers to its first message. With ADAPTER, PEFT puts the matrices of that folder into the model."""

import json
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, row, *adapter = sys.argv[1:]
row = json.loads(pathlib.Path(row).read_text())
tokenizer = AutoTokenizer.from_pretrained(folder)
model = AutoModelForCausalLM.from_pretrained(folder).eval()
if adapter:
    from peft import PeftModel

    model = PeftModel.from_pretrained(model, adapter[0]).eval()
ids = tokenizer.apply_chat_template(row["messages"], tools=row["tools"], return_dict=True)["input_ids"]
prompt = tokenizer.apply_chat_template(
    row["messages"][:1], tools=row["tools"], add_generation_prompt=True, return_tensors="pt", return_dict=True
)
with torch.no_grad():
    last = model(torch.tensor([ids])).logits[0, -1].double().tolist()
    answer = model.generate(**prompt, max_new_tokens=60)[0, prompt["input_ids"].shape[1] :]
print(json.dumps({"ids": ids, "last": last, "text": tokenizer.decode(answer)}))
