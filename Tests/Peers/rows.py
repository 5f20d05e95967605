"""The pieces of work that are compared, what is asked of their ratios, and the tables."""

import platform
import statistics
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One piece of work; `size` is width and height in pixels, `targets` the least ratios that are asked for."""

    name: str
    title: str
    work: str  # vidrd bench's name of it
    config: str
    frames: int
    size: tuple
    batch: int = 1
    stage: str = ""
    targets: tuple = ()

    @property
    def part(self):
        return "vae" if self.work == "vae" else "unet"

    @property
    def label(self):
        return f"{self.title}, batch {self.batch}, {self.frames} frames, {self.size[0]}x{self.size[1]}"

    @property
    def arguments(self):
        """For `vidrd bench`."""
        # The peers have AdamW.
        stage = ["--stage", self.stage, "--optimizer", "adamw"] if self.stage else []
        # The image stage has 32 single pictures whatever --frames says.
        guidance = ["--guidance"] if self.work == "unet" and self.batch == 2 else []
        return [self.work, "--config", self.config, "--frames", str(self.frames),
                "--size", "{}x{}".format(*self.size), *guidance, *stage]

    def resized(self, frames, size):
        kept = self.frames if frames is None or self.stage == "image" else frames
        return replace(self, frames=kept, size=size or self.size)


# Targets: (against, least ratio of seconds); "memory" is the largest share of the peer's peak memory.
ROWS = {row.name: row for row in [
    Row("unet-sd21", "VidRD U-Net, SD-2.1 size", "unet", "sd21", 8, (256, 256),
        targets=(("official", 1.9), ("fastest", 1.5), ("memory", 0.6))),
    Row("vae-sd21", "temporal VAE decode, SD size", "vae", "sd21", 8, (256, 256),
        targets=(("official", 2.8), ("fastest", 2.2), ("memory", 0.6))),
    Row("unet-starter", "starter U-Net with guidance", "unet", "starter", 16, (128, 128), batch=2,
        targets=(("torch", 1.8), ("memory", 0.6))),
    Row("train-image", "training step, image stage", "train", "starter", 1, (128, 128), batch=32, stage="image",
        targets=(("torch", 1.3),)),
    Row("train-video", "training step, video stage", "train", "starter", 16, (128, 128), batch=2, stage="video",
        targets=(("torch", 1.3),)),
    # A single frame has no temporal layers: the U-Net is then Stable Diffusion's own, which stable-diffusion.cpp runs.
    Row("unet-sd21-2d", "2D U-Net, SD-2.1 size", "unet", "sd21", 1, (256, 256)),
]}


def processor():
    """The processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def summary(results):
    """{peer: figures} out of {peer: [one result a round]}; ratios are peer / vidrd, round by round."""
    def medians(peer):
        return [statistics.median(result["seconds"]) for result in results[peer]]

    figures = {}
    for peer, rounds in results.items():
        ratios = [theirs / ours for theirs, ours in zip(medians(peer), medians("vidrd"))]
        peak = max(result["peak_bytes"] for result in rounds)
        figures[peer] = {
            "seconds": statistics.median(medians(peer)),
            "fastest": min(result.get("fastest", min(result["seconds"])) for result in rounds),
            "slowest": max(result.get("slowest", max(result["seconds"])) for result in rounds),
            "ratio": statistics.median(ratios), "least_ratio": min(ratios), "largest_ratio": max(ratios),
            "peak_bytes": peak, "rounds": len(rounds),
            "memory_ratio": max(result["peak_bytes"] for result in results["vidrd"]) / peak}
        if "gflop" in rounds[0]:
            figures[peer]["gflop"] = rounds[0]["gflop"]
    return figures


def targets(row, figures):
    """What the row is asked for and what it has; `measured` is None where no such peer was measured."""
    pytorch = [peer for peer in figures if peer.startswith("torch")]
    groups = {"official": [peer for peer in figures if peer == "official"], "torch": pytorch,
              "fastest": [peer for peer in figures if peer != "vidrd"], "memory": pytorch}
    for against, wanted in row.targets:
        group = groups[against]
        if against == "memory":  # the most frugal PyTorch
            peer = max(group, key=lambda name: figures[name]["memory_ratio"], default=None)
            value = peer and figures[peer]["memory_ratio"]
            met = None if peer is None else value <= wanted
        else:
            peer = min(group, key=lambda name: figures[name]["ratio"], default=None)
            value = peer and figures[peer]["ratio"]
            met = None if peer is None else value >= wanted
        yield {"row": row.name, "against": against, "wanted": wanted, "peer": peer, "measured": value, "met": met}


NAMES = {"official": "seconds, official code", "torch": "seconds, PyTorch at its best",
         "fastest": "seconds, fastest peer", "memory": "peak memory, PyTorch"}


def markdown(facts, chosen, layouts):
    """The report that is printed."""
    machine = facts["machine"]
    lines = [f"{machine['processor']}, {machine['system']}, {machine['threads']} threads, "
             f"load {machine['load_before']:.1f} before and {machine['load_after']:.1f} after; "
             f"{machine['rounds']} rounds of {machine['runs']} passes, float32.", ""]
    for peer, version in facts["versions"].items():
        parts = version.items() if isinstance(version, dict) else [("version", version)]
        lines.append(f"- {peer}: " + ", ".join(f"{key} {value}" for key, value in parts))
    for row in chosen:
        figures = facts["rows"][row.name]
        gflop = figures["vidrd"]["gflop"]
        lines += ["", f"### {row.label} ({gflop:.0f} GFLOP)", "",
                  "| peer | layout | seconds | fastest to slowest | peer / vidrd (rounds) | peak GB | vidrd's share |",
                  "|---|---|---|---|---|---|---|"]
        for peer, f in figures.items():
            ratio = f"{f['ratio']:.2f} ({f['least_ratio']:.2f} to {f['largest_ratio']:.2f})"
            lines.append(f"| {peer} | {layouts.get(peer, '')} | {f['seconds']:.4g} "
                         f"| {f['fastest']:.4g} to {f['slowest']:.4g} | {'1' if peer == 'vidrd' else ratio} "
                         f"| {f['peak_bytes'] / 1e9:.2f} | {f['memory_ratio']:.2f} |")
    lines += ["", "| row | target | asked | measured | against | met |", "|---|---|---|---|---|---|"]
    for target in facts["targets"]:
        asked = ("at most " if target["against"] == "memory" else "at least ") + str(target["wanted"])
        value = "not measured" if target["measured"] is None else f"{target['measured']:.2f}"
        lines.append(f"| {target['row']} | {NAMES[target['against']]} | {asked} | {value} | {target['peer'] or ''} "
                     f"| {({True: 'yes', False: 'NO', None: ''})[target['met']]} |")
    lines += [""] * bool(facts["skipped"]) + [f"- not measured: {key}: {why}" for key, why in facts["skipped"].items()]
    return "\n".join(lines)
