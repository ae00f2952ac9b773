"""verl's supervised dataset over the Parquet files of `wardian export --form verl`.

In a configuration of verl 0.9: data.custom_cls.path=wardian_verl.py data.custom_cls.name=WardianSFTDataset
"""

import json

from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset


class WardianSFTDataset(MultiTurnSFTDataset):
    """Reads tools and arguments, which are JSON text in the file, and heeds `learned` of each message."""

    def _read_files_and_process(self):
        super()._read_files_and_process()
        if self.tools is not None:
            self.tools = [json.loads(tools) or None for tools in self.tools]

    def _build_messages(self, example):
        messages = [{key: value for key, value in message.items() if value is not None} for message in super()._build_messages(example)]
        for message in messages:
            for call in message.get("tool_calls", []):
                call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        return messages

    def _process_single_message(self, index, message, *args, **kwargs):
        input_ids, loss_mask, attention_mask, inputs = super()._process_single_message(index, message, *args, **kwargs)
        if not message.get("learned", True):
            loss_mask = loss_mask * 0
        return input_ids, loss_mask, attention_mask, inputs
