"""I3D (Carreira & Zisserman, 2017, RGB, Kinetics-400) in PyTorch: the oracle of the tests, and the other side of the
speed comparison.

    python3 i3d_reference.py goldens SHARED     writes i3d.safetensors beside this file (SHARED: folder with data/, parity/)
    python3 i3d_reference.py time SHARED        seconds a clip of 16 frames
    python3 i3d_reference.py top SHARED         the three likeliest classes of the real clips
"""
import json
import pathlib
import pickle
import subprocess
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F


def same(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def pad(x, kernel, stride):
    amounts = []
    for axis in (4, 3, 2):
        amounts += same(x.shape[axis], kernel[axis - 2], stride[axis - 2])
    return F.pad(x, amounts)


class I3D:
    def __init__(self, path, dtype=torch.float32):
        data = pickle.load(open(path, "rb"))
        self.params, self.stats, self.dtype = data["params"], data["batch_stats"], dtype

    def tensor(self, x):
        return torch.from_numpy(np.array(x)).to(self.dtype)

    def unit(self, x, scopes, stride=(1, 1, 1)):
        p, s = self.params, self.stats
        for scope in scopes:
            p, s = p[scope], s[scope]
        w = self.tensor(p["Conv_0"]["kernel"]).permute(4, 3, 0, 1, 2).contiguous()
        mean, var = (self.tensor(s["BatchNorm_0"][k]).flatten() for k in ("mean", "var"))
        x = F.conv3d(pad(x, w.shape[2:], stride), w, stride=stride)
        return F.relu(F.batch_norm(x, mean, var, None, self.tensor(p["BatchNorm_0"]["bias"]), False, 0, 1e-3))

    def pool(self, x, kernel, stride):
        # Activations are not negative, so zeros around them change no maximum.
        return F.max_pool3d(pad(x, kernel, stride), kernel, stride)

    def mixed(self, x, name):
        return torch.cat([
            self.unit(x, (name, "Branch_0/Conv3d_0a_1x1")),
            self.unit(self.unit(x, (name, "Branch_1/Conv3d_0a_1x1")), (name, "Branch_1/Conv3d_0b_3x3")),
            self.unit(self.unit(x, (name, "Branch_2/Conv3d_0a_1x1")), (name, "Branch_2/Conv3d_0b_3x3")),
            self.unit(self.pool(x, (3, 3, 3), (1, 1, 1)), (name, "Branch_3/Conv3d_0b_1x1")),
        ], 1)

    @torch.no_grad()
    def __call__(self, x):
        """x [batch, 3, frames, 224, 224] in [-1, 1] -> pooled features [batch, 1024], logits [batch, 400]."""
        x = self.unit(x.to(self.dtype), ("Conv3d_1a_7x7",), (2, 2, 2))
        x = self.pool(x, (1, 3, 3), (1, 2, 2))
        x = self.unit(self.unit(x, ("Conv3d_2b_1x1",)), ("Conv3d_2c_3x3",))
        x = self.pool(x, (1, 3, 3), (1, 2, 2))
        for name in ("Mixed_3b", "Mixed_3c"):
            x = self.mixed(x, name)
        x = self.pool(x, (3, 3, 3), (2, 2, 2))
        for name in ("Mixed_4b", "Mixed_4c", "Mixed_4d", "Mixed_4e", "Mixed_4f"):
            x = self.mixed(x, name)
        x = self.pool(x, (2, 2, 2), (2, 2, 2))
        x = self.mixed(self.mixed(x, "Mixed_5b"), "Mixed_5c")
        x = F.avg_pool3d(x, (2, 7, 7), 1)
        head = self.params["Logits/Conv3d_0c_1x1"]["Conv_0"]
        logits = F.conv3d(x, self.tensor(head["kernel"]).permute(4, 3, 0, 1, 2), self.tensor(head["bias"]).flatten())
        return x.mean((2, 3, 4)), logits.mean((2, 3, 4))


def frames(path, filters="null"):
    probe = json.loads(subprocess.check_output(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height", "-of", "json", str(path)]))
    width, height = probe["streams"][0]["width"], probe["streams"][0]["height"]
    raw = subprocess.check_output(
        ["ffmpeg", "-v", "error", "-i", str(path), "-vf", filters, "-f", "rawvideo", "-pix_fmt", "rgb24", "-fps_mode", "passthrough", "-"])
    return torch.from_numpy(np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3).copy())


def clip(pictures):
    """[frames, h, w, 3] bytes -> [1, 3, frames, 224, 224]."""
    x = pictures.permute(0, 3, 1, 2).float()
    x = F.interpolate(x, (224, 224), mode="bilinear", align_corners=False) / 127.5 - 1
    return x.permute(1, 0, 2, 3)[None]


def main():
    job, shared = sys.argv[1], pathlib.Path(sys.argv[2])
    model = I3D(shared / "data/i3d/i3d-kinetics-400.ckpt")
    if job == "time":
        x = torch.randn(1, 3, 16, 224, 224)
        for batch in (1, 4):
            model(x.repeat(batch, 1, 1, 1, 1))
            times = []
            for _ in range(5):
                start = time.time()
                model(x.repeat(batch, 1, 1, 1, 1))
                times.append((time.time() - start) / batch)
            print(f"batch {batch}: {min(times):.3f} s a clip at best, {sorted(times)[2]:.3f} s in the middle; {torch.get_num_threads()} threads")
    elif job == "top":
        names = (shared / "data/i3d/kinetics400_label_map.txt").read_text().splitlines()
        for path in sorted((shared / "data/clips").iterdir()):
            x = clip(frames(path)[:16])
            p = model(x)[1].softmax(1)[0]
            print(path.name, [(names[i], round(p[i].item(), 4)) for i in p.topk(3).indices])
    else:
        from safetensors.torch import save_file
        found = {}
        for side in ("real", "generated"):
            both = [model(clip(frames(p))) for p in sorted((shared / "parity/fvd" / side).glob("*.mkv"))]
            found[f"{side}.logits"] = torch.cat([b[1] for b in both])
            found[f"{side}.pooled"] = torch.cat([b[0] for b in both])[:4].contiguous()
        save_file(found, pathlib.Path(__file__).with_name("i3d.safetensors"))


main()
