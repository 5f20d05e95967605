"""Makes the weight files beside it: python3 make_fixtures.py  (torch 2.13, safetensors 0.8)

expected.safetensors holds, in float32, what each readable file must give under the same key.
"""
import collections
import io
import pickle
import sys
import types
import zipfile

import torch
from safetensors.torch import save_file

torch.manual_seed(0)
numbers = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 7 - 1
base = torch.randn(6, 5)

tensors = {
    "f32": numbers,
    "f16": numbers.half(),
    "bf16": numbers.bfloat16(),
    "f64": numbers.double(),
    "i64": torch.tensor([[1, -2], [3, 1 << 20]]),
    "i32": torch.tensor([7, -8], dtype=torch.int32),
    "i16": torch.tensor([300, -300], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
    "scalar": torch.tensor(2.5),
    "empty": torch.zeros(0, 3),
}
views = {
    "whole": base,
    "transposed": base.t(),
    "rows": base[2:4],
    "column": base[:, 1],
    "steps": base[::2, 1::3],
    "expanded": base[:1].expand(4, 5),
    "permuted": numbers.permute(2, 0, 1),
}

save_file({k: v.contiguous() for k, v in tensors.items()}, "types.safetensors", metadata={"made by": "safetensors"})
torch.save({**tensors, **views}, "types.pth")
torch.save({**tensors, **views}, "types_protocol4.pth", pickle_protocol=4)
torch.save({k: torch.nn.Parameter(v) for k, v in views.items()}, "parameters.pt")
torch.save(collections.OrderedDict(a=[numbers, {"b": base}], c=(base,)), "nested.bin")

module = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
torch.jit.save(torch.jit.script(module), "script.pt")
torch.save(module.state_dict(), "module.pth")

# As Lightning does it: a wrapped state dictionary, numbers and a class as a key.
lightning = types.ModuleType("pytorch_lightning")
lightning.callbacks = types.ModuleType("pytorch_lightning.callbacks")


class ModelCheckpoint:
    pass


ModelCheckpoint.__module__ = "pytorch_lightning.callbacks"
lightning.callbacks.ModelCheckpoint = ModelCheckpoint
sys.modules["pytorch_lightning"] = lightning
sys.modules["pytorch_lightning.callbacks"] = lightning.callbacks
torch.save(
    {
        "epoch": 3,
        "global_step": 1 << 40,
        "pytorch-lightning_version": "1.9.0",
        "state_dict": module.state_dict(),
        "callbacks": {ModelCheckpoint: {"best_model_score": torch.tensor(0.5), "monitor": None}},
        "optimizer_states": [{"state": {0: {"step": 10, "exp_avg": base}}, "param_groups": [{"lr": 1e-4, "betas": (0.9, 0.99)}]}],
    },
    "lightning.ckpt",
)

# The names of harmful pickles; nothing here runs when the file is only written.
class Harmful:
    def __reduce__(self):
        return (eval, ("print('harm done')",))


torch.save({"weight": base, "extra": Harmful()}, "harmful.pth")

compressed = io.BytesIO()
with zipfile.ZipFile("types.pth") as source, zipfile.ZipFile("compressed.pth", "w", zipfile.ZIP_DEFLATED) as target:
    for entry in source.infolist():
        target.writestr(entry.filename, source.read(entry.filename))

expected = {f"types.{k}": v.float() for k, v in {**tensors, **views}.items()}
expected |= {f"nested.{k}": v for k, v in {"a.0": numbers, "a.1.b": base, "c.0": base}.items()}
expected |= {f"module.{k}": v.float() for k, v in module.state_dict().items()}
save_file({k: v.contiguous().clone() for k, v in expected.items()}, "expected.safetensors")
