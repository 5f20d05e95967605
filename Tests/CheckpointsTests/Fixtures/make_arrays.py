"""A pickle of numpy arrays as JAX programs leave them, and the same values for comparison.

    python3 make_arrays.py     writes arrays.ckpt (protocol 4), arrays_protocol2.ckpt, arrays.safetensors
"""
import pickle

import numpy as np
from safetensors.numpy import save_file

rng = np.random.default_rng(3)
a = rng.normal(size=(2, 3, 4)).astype(np.float32)
tree = {
    "params": {"Mixed/Conv_0": {"kernel": a, "turned": np.asfortranarray(a[0])}, "half": a[0].astype(np.float16)},
    "stats": {"double": a[1].astype(np.float64), "count": np.arange(5, dtype=np.int64), "flag": np.array([True, False])},
    "step": 7,
}
pickle.dump(tree, open("arrays.ckpt", "wb"), protocol=4)
pickle.dump(tree, open("arrays_protocol2.ckpt", "wb"), protocol=2)
pickle.dump(tree, open("arrays_protocol5.ckpt", "wb"), protocol=5)
flat = {
    "params.Mixed/Conv_0.kernel": a, "params.Mixed/Conv_0.turned": a[0], "params.half": a[0].astype(np.float16).astype(np.float32),
    "stats.double": a[1].astype(np.float64).astype(np.float32), "stats.count": np.arange(5, dtype=np.float32),
    "stats.flag": np.array([1, 0], np.float32),
}
save_file({k: np.ascontiguousarray(v) for k, v in flat.items()}, "arrays.safetensors")
pickle.dump({"a": np.array([1, 2], ">f4")}, open("arrays_big_endian.ckpt", "wb"), protocol=4)
pickle.dump({"a": np.array([print, len], object)}, open("arrays_objects.ckpt", "wb"), protocol=4)
