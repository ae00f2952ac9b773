#!/usr/bin/env python3
"""Writes minilm.json: 200 sentences, and what Hugging Face's BERT gives for them with the weights of all-MiniLM-L6-v2.

Needs: pip install "transformers==4.46.3" "jax[cpu]<0.5" "flax<0.11" safetensors
usage: reference.py MODEL_FOLDER > minilm.json
"""
import json
import sys

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from transformers import BertConfig, FlaxBertModel

VERBS = ["List", "Create", "Delete", "Update", "Fetch", "Cancel", "Archive", "Search", "Approve", "Restore"]
THINGS = ["invoices", "calendar events", "virtual machines", "chat messages", "support tickets", "DNS records", "playlists",
          "payment methods", "employee profiles", "log entries", "shipping labels", "git branches", "firewall rules",
          "survey responses", "bank accounts", "container images", "hotel bookings", "email drafts", "sensor readings", "licences"]
TAILS = ["", " of the current user.", " that changed since the given date, newest first, a page at a time.",
         " for the account; fails with 404 where it does not exist — café, naïve, 東京, x_y-z{id}."]
KEEP = [0, 55, 110, 165, 220, 275, 330, 383]


def sentences():
    return [verb + " " + thing + TAILS[(i + j) % len(TAILS)] for i, verb in enumerate(VERBS) for j, thing in enumerate(THINGS)]


def parameters(folder):
    out = {}
    for name, value in load_file(folder + "/model.safetensors").items():
        path = name.split(".")
        if path[-1] == "position_ids":
            continue
        if path[-1] == "weight":
            if "LayerNorm" in path:
                path[-1] = "scale"
            elif path[-2].endswith("embeddings"):
                path[-1] = "embedding"
            else:
                path[-1], value = "kernel", value.T
        node = out
        for part in path[:-1]:
            node = node.setdefault(part, {})
        node[path[-1]] = jnp.asarray(value)
    return out


def main(folder):
    jax.config.update("jax_default_matmul_precision", "highest")
    model, weights = FlaxBertModel(BertConfig.from_pretrained(folder)), parameters(folder)
    assert jax.tree_util.tree_structure(model.params) == jax.tree_util.tree_structure(weights)
    tokenizer = Tokenizer.from_file(folder + "/tokenizer.json")
    rows = []
    for text in sentences():
        encoding = tokenizer.encode(text)
        ids, mask = np.array([encoding.ids]), np.array([encoding.attention_mask])
        states = np.asarray(model(ids, attention_mask=mask, params=weights).last_hidden_state, dtype=np.float64)[0]
        vector = states[mask[0] == 1].mean(0)
        vector /= np.linalg.norm(vector)
        rows.append({"text": text, "at": [round(float(vector[k]), 6) for k in KEEP]})
        if len(sys.argv) > 2:
            vector.astype("<f4").tofile(open(sys.argv[2], "ab"))
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    print('{"coordinates": %s, "rows": [\n%s\n]}' % (KEEP, lines))


main(sys.argv[1])
