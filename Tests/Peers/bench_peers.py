"""Times vidrd and its peers on identical shapes and weights, in interleaved rounds, and prints ratios.

    python3 bench_peers.py [--rows unet-sd21,train-video] [--peers torch-compile,openvino] [--rounds 3] [--json FILE]

Every round runs every peer once, each in a process of its own: one pass to warm up, then `--runs` passes. `seconds`
is the median of the rounds' medians; a ratio is the median over rounds of peer / vidrd. README.md says what peers need.
"""

import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import rows
from rows import ROWS
from worker import LAYOUTS

HERE = Path(__file__).resolve().parent
PEERS = [*LAYOUTS, "stable-diffusion.cpp"]


class Skipped(Exception):
    """A peer that cannot run a row, with the reason."""


class Peers:
    """Starts processes for measurements and remembers who cannot run what."""

    def __init__(self, options):
        self.options, self.versions, self.skipped = options, {}, {}
        self.environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
        self.folders = {"starter": options.starter, "sd21": options.sd21}

    def run(self, command, limit, environment=None):
        """Standard output and error of `command` and its peak memory in bytes; all of it is ended at `limit` s."""
        with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as messages:
            process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=messages,
                                       stdin=subprocess.DEVNULL, start_new_session=True,
                                       env={**self.environment, **(environment or {})})
            deadline = time.monotonic() + limit
            try:
                while True:
                    pid, status, usage = os.wait4(process.pid, os.WNOHANG)
                    if pid:
                        break
                    if time.monotonic() > deadline:
                        raise Skipped(f"took longer than {limit:.0f} s")
                    time.sleep(0.05)
            except BaseException:
                os.killpg(process.pid, signal.SIGKILL)
                os.wait4(process.pid, 0)
                process.returncode = -signal.SIGKILL
                raise
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            messages.seek(0)
            texts = output.read(), messages.read()
            if process.returncode != 0:
                lines = [line.strip() for text in texts for line in text.splitlines() if line.strip()] or ["no message"]
                errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Failure)\w*:", line)]
                raise Skipped(f"exit code {process.returncode}: {(errors or lines)[-1][:300]}")
            return *texts, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

    def worker(self, task, peer, row=None, extra=(), limit=None):
        options = self.options
        python = options.official_python if peer == "official" else options.python
        command = [python, HERE / "worker.py", task, peer]
        if row:
            command += ["--row", row.name, "--frames", row.frames, "--size", *row.size, "--models", self.models(row),
                        "--threads", options.threads, "--runs", options.runs, *extra]
        if options.official:
            command += ["--official", options.official]
        environment = {"OMP_NUM_THREADS": str(options.threads), "TOKENIZERS_PARALLELISM": "false",
                       "TORCHINDUCTOR_CACHE_DIR": str(options.cache / "inductor")}
        return json.loads(self.run(command, limit or options.limit, environment)[0].splitlines()[-1])

    def models(self, row):
        """The folder with the row's random weights, written on first use."""
        folder = self.folders[row.config] or self.options.cache / f"{row.config}-seed1"
        if not folder.exists():
            print(f"Writing random weights: {folder}", file=sys.stderr)
            self.run([self.options.vidrd, "random-model", folder, "--config", row.config, "--seed", 1], 600)
        return folder

    def artefact(self, peer, row):
        """The row's model in the peer's own format, converted on first use."""
        ending = {"openvino": "model.xml", "onnxruntime": "model.onnx"}.get(peer)
        if not ending:
            return None
        name = f"{row.name}-{row.frames}x{row.size[0]}x{row.size[1]}"
        path = self.options.cache / peer / name / ending
        complete = path.with_name("complete")
        if not complete.exists():
            print(f"Converting {row.name} for {peer}", file=sys.stderr)
            self.worker("prepare", peer, row, ["--artefact", path])
            complete.touch()
        return path

    def available(self, peer):
        """Raises `Skipped` where the peer is not installed."""
        options = self.options
        if peer == "official" and not options.official:
            raise Skipped("--official DIR is not given: a copy of the authors' code")
        if peer == "stable-diffusion.cpp":
            if not options.sd_cpp:
                raise Skipped("--sd-cpp PATH is not given: its program sd-cli")
            self.versions[peer] = self.run([options.sd_cpp, "--version"], 60)[0].strip()
        elif peer not in self.versions:
            self.versions[peer] = self.worker("versions", peer, limit=120)

    @staticmethod
    def runs_row(peer, row):
        """Whether the peer has this work at all."""
        if peer == "stable-diffusion.cpp":
            return row.part == "unet" and row.frames == 1 and row.config == "sd21" and not row.stage
        if peer == "official":  # its temporal convolutions have a fixed number of layers, unlike the starter's
            return row.config == "sd21"
        return not row.stage or peer in ("torch", "torch-channels-last", "torch-compile")

    def measure(self, peer, row):
        """One round of one peer: its passes' seconds and its peak memory."""
        if peer == "vidrd":
            return self.measure_vidrd(row)
        if peer == "stable-diffusion.cpp":
            return self.measure_diffusion_cpp(row)
        path = self.artefact(peer, row)
        return self.worker("measure", peer, row, ["--artefact", path] if path else [],
                           self.options.compile_limit if "compile" in peer else None)

    def measure_vidrd(self, row):
        options = self.options
        text = self.run([options.vidrd, "bench", *row.arguments, "--runs", options.runs, "--seconds", 0, "--threads",
                         options.threads, "--json", "-"], options.limit)[0]
        facts = json.loads(text[text.index("{"):])
        self.versions["vidrd"] = {key: facts[key] for key in ("build", "instruction_set", "blas_core")}
        return {**facts, "seconds": [facts["seconds"]], "fastest": facts["fastest"], "slowest": facts["slowest"]}

    def measure_diffusion_cpp(self, row):
        """Steps without guidance are passes of the U-Net. The peak has text encoder and decoder in it."""
        steps = self.options.runs + 1
        output = self.options.cache / "stable-diffusion-cpp.png"
        out, errors, peak = self.run(
            [self.options.sd_cpp, "-m", self.models(row), "-p", "a candle is burning", "--cfg-scale", 1,
             "--steps", steps, "-W", row.size[0], "-H", row.size[1], "-t", self.options.threads, "-o", output, "-v"],
            self.options.limit)
        found = re.search(r"sampling completed, taking ([\d.]+)s", out + errors)
        if not found:
            raise Skipped("its output does not say how long sampling took")
        return {"seconds": [float(found.group(1)) / steps], "peak_bytes": peak}


def measured(peers, chosen, rounds):
    """{row: {peer: [one result a round]}}"""
    results = {}
    for row in chosen:
        results[row.name] = {}
        for round_ in range(rounds):
            for peer in ["vidrd", *peers.options.peers]:
                key = f"{row.name}: {peer}"
                if peer != "vidrd" and not peers.runs_row(peer, row) or key in peers.skipped:
                    continue
                try:
                    if peer != "vidrd":
                        peers.available(peer)
                    result = peers.measure(peer, row)
                except Skipped as reason:
                    if peer == "vidrd":
                        raise SystemExit(f"vidrd cannot run {row.name}: {reason}")
                    peers.skipped[key] = str(reason)
                    results[row.name].pop(peer, None)
                    print(f"  {key}: skipped, {reason}", file=sys.stderr)
                    continue
                results[row.name].setdefault(peer, []).append(result)
                print(f"  round {round_ + 1}  {row.name:14s} {peer:22s} {statistics.median(result['seconds']):9.4f} s"
                      f"  peak {result['peak_bytes'] / 1e9:6.2f} GB", file=sys.stderr)
    return results


def checked(peers, chosen):
    """Relative L2 distance of the peers' outputs from the reference's, on the same input and weights."""
    import numpy
    errors, folder = {}, Path(tempfile.mkdtemp(prefix="vidrd-peers-"))
    try:
        for row in chosen:
            if row.stage:
                continue
            expected = None
            for peer in ["torch", *(peer for peer in peers.options.peers if peer != "torch")]:
                if peer == "stable-diffusion.cpp" or not peers.runs_row(peer, row):
                    continue
                try:
                    peers.available(peer)
                    path = peers.artefact(peer, row)
                    file = folder / "output.npy"
                    peers.worker("measure", peer, row, ["--output", file, *(["--artefact", path] if path else [])],
                                 peers.options.compile_limit if "compile" in peer else None)
                except Skipped as reason:
                    print(f"  {row.name}: {peer}: not checked, {reason}", file=sys.stderr)
                    continue
                output = numpy.load(file).astype(numpy.float64)
                expected = output if expected is None else expected
                error = float(numpy.linalg.norm(output - expected) / numpy.linalg.norm(expected))
                errors[f"{row.name}: {peer}"] = error
                print(f"{row.name:14s} {peer:22s} relative L2 to torch {error:.1e}"
                      + ("" if error < 1e-4 else "  MORE THAN 1e-4"))
    finally:
        shutil.rmtree(folder)
    return errors


def names(known):
    def read(text):
        wanted = [name for name in text.split(",") if name]
        for name in wanted:
            if name not in known:
                raise argparse.ArgumentTypeError(f"'{name}' is not known; allowed are {', '.join(known)}")
        return wanted
    return read


def picture(text):
    width, _, height = text.partition("x")
    if not (width.isdigit() and height.isdigit()) or int(width) % 8 or int(height) % 8:
        raise argparse.ArgumentTypeError("expected WxH in multiples of 8, such as 256x256")
    return int(width), int(height)


def arguments():
    root = HERE.parents[1]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=names(list(ROWS)), default=[name for name in ROWS if name != "unet-sd21-2d"],
                        help=", ".join(ROWS))
    parser.add_argument("--peers", type=names(PEERS), default=PEERS, help=", ".join(PEERS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3, help="timed passes of a process")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--frames", type=int, help="instead of the rows' own")
    parser.add_argument("--size", type=picture, help="WxH instead of the rows' own")
    parser.add_argument("--vidrd", type=Path, default=root / ".build/release/vidrd")
    parser.add_argument("--python", default=sys.executable, help="with torch, openvino, onnxruntime")
    parser.add_argument("--official", type=Path, help="folder of the authors' code")
    parser.add_argument("--official-python", default=sys.executable, help="with torch and diffusers 0.14")
    parser.add_argument("--sd-cpp", type=Path, help="stable-diffusion.cpp's program")
    parser.add_argument("--starter", type=Path, help="random weights; default: written to --cache")
    parser.add_argument("--sd21", type=Path, help="random weights; default: written to --cache (3.2 GB)")
    parser.add_argument("--cache", type=Path, default=root / ".build/peers",
                        help="converted models; about 10 GB for the SD-2.1 size")
    parser.add_argument("--limit", type=float, default=1800, help="seconds for one process")
    parser.add_argument("--compile-limit", type=float, default=1800, help="seconds for one process with torch.compile")
    parser.add_argument("--check", action="store_true", help="compare outputs with the reference instead of timing")
    parser.add_argument("--json", type=Path, help="write everything that was measured")
    options = parser.parse_args()
    if not shutil.which(options.vidrd):
        parser.error(f"{options.vidrd} does not exist: build it with swift build -c release, or give --vidrd")
    return options


def main():
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # ends the running peer as well
    options.cache.mkdir(parents=True, exist_ok=True)
    peers, chosen = Peers(options), [ROWS[name].resized(options.frames, options.size) for name in options.rows]
    if "OPENBLAS_CORETYPE" in os.environ:
        print(f"OPENBLAS_CORETYPE={os.environ['OPENBLAS_CORETYPE']} is taken out of the environment: it would give "
              "vidrd kernels of another processor.", file=sys.stderr)
    if options.check:
        errors = checked(peers, chosen)
        if options.json:
            options.json.write_text(json.dumps(errors, indent=2) + "\n")
        sys.exit(any(not error < 1e-4 for error in errors.values()))
    machine = {"processor": rows.processor(), "system": platform.platform(), "threads": options.threads,
               "load_before": os.getloadavg()[0], "rounds": options.rounds, "runs": options.runs}
    results = measured(peers, chosen, options.rounds)
    summary = {"machine": {**machine, "load_after": os.getloadavg()[0]}, "versions": peers.versions,
               "layouts": LAYOUTS, "skipped": peers.skipped,
               "rows": {row.name: rows.summary(results[row.name]) for row in chosen}}
    summary["targets"] = [target for row in chosen for target in rows.targets(row, summary["rows"][row.name])]
    print(rows.markdown(summary, chosen, LAYOUTS))
    if options.json:
        options.json.write_text(json.dumps({**summary, "measurements": results}, indent=2) + "\n")


if __name__ == "__main__":
    main()
