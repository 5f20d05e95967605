"""Raw clips with captions, their tokens and their cached latents.

A data folder holds `frames.u8`, RGB bytes `[frames, 128, 128, 3]` without a header, and `captions.jsonl`, one clip a
line: {"caption": "a candle is burning", "family": "candle", "frames": 16, "offset": 0}. `offset` is the clip's first
frame in `frames.u8`; `caption` may be a list of phrasings. `vidrd scenes --raw DIR` writes such a folder.
"""

import hashlib
import json
import os
from collections import Counter
from pathlib import Path

import numpy
import sentencepiece
import torch

import starter


def write_aside(path, write):
    """Calls `write` with a temporary path beside `path` and renames: no partial file under the final name."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write(aside)
        aside.chmod(0o644)
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_text(path, text):
    write_aside(path, lambda aside: aside.write_text(text, encoding="utf-8"))


class Clips:
    def __init__(self, folder):
        self.folder = folder = Path(folder).resolve()
        lines = (folder / "captions.jsonl").read_text(encoding="utf-8").splitlines()
        records = [json.loads(line) for line in lines if line.strip()]
        frame_bytes = starter.SIZE * starter.SIZE * 3
        size = (folder / "frames.u8").stat().st_size
        needed = 0
        for line, record in enumerate(records, 1):
            if record["offset"] != needed or record["frames"] < 1:
                raise ValueError(f"{folder}/captions.jsonl, line {line}: a clip of {record['frames']} frames from "
                                 f"frame {record['offset']} on; it must have 1 or more and begin at {needed}")
            needed += record["frames"]
        if not records or size % frame_bytes or size // frame_bytes < needed:
            raise ValueError(f"{folder}: captions.jsonl speaks of {needed} frames of {frame_bytes} bytes, and "
                             f"frames.u8 has {size} bytes: render the folder again")
        self.frames = numpy.memmap(folder / "frames.u8", numpy.uint8, "r",
                                   shape=(size // frame_bytes, starter.SIZE, starter.SIZE, 3))
        phrasings = [r["caption"] if isinstance(r["caption"], list) else [r["caption"]] for r in records]
        self.captions = phrasings
        self.spans = [(r["offset"], r["frames"]) for r in records]
        # Every fiftieth clip is held out, of drawn ones and of pictures; every stage leaves out the same.
        count = len(records)
        held = list(range(49, count, 50)) or list(range(1, count))[-1:]
        self.training, self.held_out = sorted(set(range(count)) - set(held)), held or [0]

    def windows(self, rng, batch, frames, clips=None):
        """`batch` draws of a clip and of `frames` consecutive frames in it: numbers `[batch, frames]`, captions."""
        fitting = [i for i in (clips or self.training) if self.spans[i][1] >= frames]
        if not fitting:
            raise ValueError(f"no clip has {frames} frames: the longest has {max(n for _, n in self.spans)}")
        chosen = [fitting[i] for i in rng.integers(len(fitting), size=batch)]
        starts = [self.spans[i][0] + rng.integers(self.spans[i][1] - frames + 1) for i in chosen]
        captions = [self.captions[i][rng.integers(len(self.captions[i]))] for i in chosen]
        return numpy.array(starts)[:, None] + numpy.arange(frames), captions

    def images(self, numbers, device):
        """Frames by number to `[n, 3, 128, 128]` in [-1, 1]."""
        pixels = torch.from_numpy(self.frames[numpy.asarray(numbers).reshape(-1)]).to(device)
        return pixels.permute(0, 3, 1, 2).float() / 127.5 - 1


class Tokenizer:
    """begin, pieces, end, padding, cut to the text encoder's length; trained on the captions where there is none."""

    def __init__(self, folder, clips):
        captions = [caption for phrasings in clips.captions for caption in phrasings]
        if not (folder / "spiece.model").exists():
            self.train(folder, captions)
        self.learn(folder / "vocabulary.txt", captions)
        self.model = sentencepiece.SentencePieceProcessor(model_file=str(folder / "spiece.model"))

    @staticmethod
    def learn(file, captions):
        """Adds the captions' words to the list of known ones, commonest first."""
        words = Counter("".join(c if c.isalnum() or c == "'" else " " for c in " ".join(captions).lower()).split())
        known = file.read_text(encoding="utf-8").split() if file.exists() else []
        new = sorted(words.keys() - set(known), key=lambda w: (-words[w], w))
        if new:
            write_text(file, "\n".join(known + new) + "\n")

    @staticmethod
    def train(folder, captions):
        write_text(folder / "tokenizer_config.json", json.dumps({
            "tokenizer_class": "SentencePieceTokenizer", "model_max_length": starter.WORDS, "add_bos_token": True,
            "pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}, indent=2) + "\n")

        def train(aside):
            with open(aside, "wb") as file:
                sentencepiece.SentencePieceTrainer.train(
                    sentence_iterator=iter(captions), model_writer=file, model_type="unigram",
                    vocab_size=starter.TEXT["vocab_size"], hard_vocab_limit=False, character_coverage=1.0,
                    normalization_rule_name="nmt_nfkc_cf", pad_id=0, unk_id=1, bos_id=2, eos_id=3, num_threads=1,
                    minloglevel=2)

        write_aside(folder / "spiece.model", train)

    def __call__(self, captions, device):
        rows = []
        for caption in captions:
            ids = [2, *self.model.encode(caption)[: starter.WORDS - 2], 3]
            rows.append(ids + [0] * (starter.WORDS - len(ids)))
        return torch.tensor(rows, device=device)


@torch.no_grad()
def latents(clips, vae, cache, device, batch=64):
    """The posterior means of all frames as float16 `[frames, channels, 16, 16]`, made once for a data folder and an
    encoder, with their mean and standard deviation per channel."""
    digest = hashlib.sha256(f"{clips.folder} {len(clips.frames)}".encode())
    for name, tensor in vae.state_dict().items():
        if name.startswith(("encoder.", "quant_conv.")):
            digest.update(tensor.cpu().contiguous().numpy().tobytes())
    stamp = digest.hexdigest()
    facts = cache.with_suffix(".json")
    if not (cache.exists() and facts.exists() and json.loads(facts.read_text())["stamp"] == stamp):
        count = len(clips.frames)

        def fill(aside):
            shape = (count, vae.config.latent_channels, starter.SIZE // 8, starter.SIZE // 8)
            out = numpy.lib.format.open_memmap(aside, "w+", numpy.float16, shape)
            for start in range(0, count, batch):
                numbers = numpy.arange(start, min(start + batch, count))
                out[numbers] = vae.encode(clips.images(numbers, device))[0].float().cpu().numpy()
            out.flush()

        write_aside(cache, fill)
        values = numpy.load(cache, mmap_mode="r")
        some = values[:: max(1, count // 4096)].astype(numpy.float64)
        write_text(facts, json.dumps({"stamp": stamp, "mean": some.mean((0, 2, 3)).tolist(),
                                      "std": some.std((0, 2, 3)).tolist()}))
    statistics = json.loads(facts.read_text())
    return numpy.load(cache, mmap_mode="r"), statistics["mean"], statistics["std"]
