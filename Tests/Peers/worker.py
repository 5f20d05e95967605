"""One peer, one piece of work, one process: `bench_peers.py` starts it and reads the JSON in its last line.

    worker.py versions PEER
    worker.py prepare  PEER --row ROW --models DIR --artefact FILE      conversion, which is not timed
    worker.py measure  PEER --row ROW --models DIR ...                  seconds of each pass, and peak memory

Libraries are imported where they are needed, so that a process measures none but its peer's.
"""

import argparse
import json
import math
import platform
import resource
import sys
import time
from pathlib import Path

import numpy

from rows import ROWS

RECIPE = Path(__file__).resolve().parents[2] / "Weights/recipe"
TIMESTEP = 500
WORDS = {"sd21": 77, "starter": 32}  # token ids of a prompt

LAYOUTS = {
    "official": "contiguous", "torch": "contiguous", "torch-channels-last": "channels-last",
    "torch-compile": "channels-last, inductor", "torch-compile-frozen": "channels-last, inductor, frozen weights",
    "openvino": "IR, f32", "onnxruntime": "ONNX, all optimisations",
}


def configuration(row, models):
    return json.loads((Path(models) / row.part / "config.json").read_text())


def inputs(row, models):
    """What a pass takes, float32: latents `[b, c, f, h, w]`, timesteps, context and where it is used pooled text for
    the U-Net; latents `[f, c, h, w]` for the decoder. The same numbers in every process."""
    random, config = numpy.random.default_rng(0), configuration(row, models)
    normal = lambda *shape: random.standard_normal(shape, dtype=numpy.float32)
    width, height = (pixels // 8 for pixels in row.size)
    if row.part == "vae":
        return [normal(row.frames, config["latent_channels"], height, width)]
    values = [normal(row.batch, config["in_channels"], row.frames, height, width),
              numpy.full(row.batch, TIMESTEP, dtype=numpy.int64),
              normal(row.batch, WORDS[row.config], config["cross_attention_dim"])]
    pooled = config.get("projection_class_embeddings_input_dim")
    return values + ([normal(row.batch, pooled)] if pooled else [])


def stored(path):
    """Names and float32 arrays of a safetensors file, read one by one: a mapping of the whole file would count as
    memory of the peer."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            kind = {"F16": numpy.float16, "F32": numpy.float32}.get(entry["dtype"])
            if kind is None:
                raise ValueError(f"{path}: {name} is {entry['dtype']}; expected F16 or F32")
            file.seek(8 + length + entry["data_offsets"][0])
            values = numpy.fromfile(file, kind, math.prod(entry["shape"]))
            yield name, values.reshape(entry["shape"]).astype(numpy.float32)


def filled(make, path, renames=()):
    """The model that `make` builds, with exactly the tensors of `path`; no weight is held twice at any time."""
    import torch
    with torch.device("meta"):
        model = make()
    expected, state = model.state_dict(), {}
    for name, values in stored(path):
        if name not in expected:
            for new, old in renames:
                name = name.replace(new, old)
        tensor = torch.from_numpy(values)
        # 1x1 kernels are matrices in some folders.
        state[name] = tensor.reshape(expected[name].shape) if name in expected else tensor
    model.load_state_dict(state, assign=True)
    return model.eval()


def weights(row, models):
    return Path(models) / row.part / "diffusion_pytorch_model.safetensors"


def reference(row, models, channels_last):
    """Our own model in PyTorch, and what calls it with the row's inputs."""
    import torch
    sys.path.insert(0, str(RECIPE))
    import layers
    layers.LAYOUT = torch.channels_last if channels_last else torch.contiguous_format
    if row.part == "vae":
        from autoencoder import AutoencoderConfig, AutoencoderKL
        autoencoder = filled(lambda: AutoencoderKL(AutoencoderConfig.read(configuration(row, models))),
                             weights(row, models))

        class Decoder(torch.nn.Module):
            """Decoding as the module's own call, which is what the converters follow."""

            def __init__(self):
                super().__init__()
                self.autoencoder = autoencoder

            def forward(self, z):
                return self.autoencoder.decode(z, row.frames)
        model = Decoder()
    else:
        from unet import UNet3DConditionModel, UNetConfig
        model = filled(lambda: UNet3DConditionModel(UNetConfig.read(configuration(row, models))), weights(row, models))
    return layers.model_laid_out(model) if channels_last else model


def official(row, models, folder):
    """The authors' model out of their code in `folder`, and what calls it with the row's inputs."""
    import types
    sys.path.insert(0, str(folder))
    # The package's own __init__ imports the training framework, which inference does not need.
    package = types.ModuleType("model")
    package.__path__ = [str(Path(folder) / "model")]
    sys.modules["model"] = package
    config = {key: value for key, value in configuration(row, models).items() if key != "_class_name"}
    if row.part == "vae":
        from vae import TemporalAutoencoderKL
        levels = len(config["block_out_channels"])
        config.update(down_block_types=["DownEncoderBlock2D"] * levels, up_block_types=["UpDecoderBlock2D"] * levels)
        renames = [(".to_q.", ".query."), (".to_k.", ".key."), (".to_v.", ".value."), (".to_out.0.", ".proj_attn.")]
        model = filled(lambda: TemporalAutoencoderKL.from_config(config), weights(row, models), renames)
        return lambda z: model.decode(z, num_frames=row.frames).sample
    from model.modules.unet import UNet3DConditionModel
    model = filled(lambda: UNet3DConditionModel.from_config(config), weights(row, models))
    return lambda *values: model(*values).sample


def training(row, models, channels_last, compiled):
    """A step of the starter's training: U-Net, loss, gradients, clipping, AdamW, average of weights."""
    import torch
    unet = reference(row, models, channels_last)
    from losses import velocity_loss
    from training import Optimiser
    for name, parameter in unet.named_parameters():
        parameter.requires_grad_(row.stage == "video" or "temp_" not in name)
    trained = [parameter for parameter in unet.parameters() if parameter.requires_grad]
    optimiser = Optimiser([{"params": trained}], [unet], 1e-4)
    # Fused, which the recipe leaves out: one kernel passes once over weights, moments and gradients.
    optimiser.adam = torch.optim.AdamW(
        [{"params": trained, "scale": 1.0}], lr=1e-4, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
    values = [torch.from_numpy(value) for value in inputs(row, models)]
    target = torch.randn_like(values[0])
    loss = lambda: velocity_loss(unet(*values), target)
    if compiled:
        loss = torch.compile(loss, dynamic=False)
    return lambda: optimiser.step(loss())


def versions(peer):
    """Versions of what the peer needs; raises ImportError where it is not installed."""
    import importlib.metadata
    packages = {"openvino": ["openvino"], "onnxruntime": ["onnxruntime"],
                "official": ["torch", "diffusers", "transformers", "einops"]}.get(peer, ["torch"])
    for package in packages:
        __import__(package)
    return {"python": platform.python_version(), **{name: importlib.metadata.version(name) for name in packages}}


def with_heads(attention):
    """The exporter to ONNX knows attention only with an axis for heads, which the autoencoder's does without."""
    return lambda q, k, v: attention(q, k, v) if q.dim() == 4 else attention(q[:, None], k[:, None], v[:, None])[:, 0]


def prepare(peer, row, options):
    """Converts the reference to the peer's own format, at `options.artefact`."""
    import torch
    model = reference(row, options.models, channels_last=False)
    values = tuple(torch.from_numpy(value) for value in inputs(row, options.models))
    options.artefact.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        # Fills what the model caches, so that tracing finds constants; a corner of the picture is enough.
        model(values[0][..., :8, :8], *values[1:])
        if peer == "openvino":
            import openvino
            # Exported, not traced by running: a pass of the large sizes takes long, and its check another one.
            exported = torch.export.export(model, values)
            openvino.save_model(openvino.convert_model(exported), options.artefact, compress_to_fp16=False)
        else:
            functions = torch.nn.functional
            functions.scaled_dot_product_attention = with_heads(functions.scaled_dot_product_attention)
            names = ["sample", "timesteps", "context", "pooled"][: len(values)]
            torch.onnx.export(model, values, options.artefact, input_names=names, output_names=["output"], dynamo=True,
                              external_data=True)
    return {}


def openvino_pass(row, options):
    import openvino
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(options.artefact), "CPU", {
        "INFERENCE_NUM_THREADS": options.threads, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32"})  # some processors would otherwise compute in bfloat16
    request, values = compiled.create_infer_request(), inputs(row, options.models)
    return lambda: request.infer(values, share_inputs=True)[0]


def onnx_pass(row, options):
    import onnxruntime
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = options.threads
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(options.artefact), settings, providers=["CPUExecutionProvider"])
    feed = dict(zip((given.name for given in session.get_inputs()), inputs(row, options.models)))
    return lambda: session.run(None, feed)[0]


def torch_pass(peer, row, options):
    import torch
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    layout, compiled = peer not in ("torch", "official"), "compile" in peer
    if row.stage:
        return training(row, options.models, layout, compiled)
    model = official(row, options.models, options.official) if peer == "official" \
        else reference(row, options.models, layout)
    values = [torch.from_numpy(value) for value in inputs(row, options.models)]
    if compiled:
        if peer.endswith("frozen"):
            import torch._inductor.config
            torch._inductor.config.freezing = True
        model = torch.compile(model, dynamic=False)

    def run():
        with torch.no_grad() if compiled else torch.inference_mode():
            return model(*values)
    return run


def measure(peer, row, options):
    begin = time.perf_counter()
    run = {"openvino": openvino_pass, "onnxruntime": onnx_pass}[peer](row, options) \
        if peer in ("openvino", "onnxruntime") else torch_pass(peer, row, options)
    loaded, load_peak = time.perf_counter(), peak_bytes()
    output = run()  # warm-up, and compilation where there is one
    warm = time.perf_counter()
    if options.output:
        numpy.save(options.output, numpy.asarray(output))
    del output
    if "compile" in peer:
        run()  # the second pass may still fill caches
    times = []
    for _ in range(options.runs):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return {"seconds": times, "peak_bytes": peak_bytes(), "load_peak_bytes": load_peak,
            "load_seconds": loaded - begin, "first_pass_seconds": warm - loaded}


def peak_bytes():
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", choices=["versions", "prepare", "measure"])
    parser.add_argument("peer", choices=list(LAYOUTS))
    parser.add_argument("--row", choices=list(ROWS))
    parser.add_argument("--frames", type=int)
    parser.add_argument("--size", type=int, nargs=2)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--official", type=Path)
    parser.add_argument("--artefact", type=Path)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.task == "versions":
        result = versions(options.peer)
    else:
        row = ROWS[options.row].resized(options.frames, options.size and tuple(options.size))
        result = {"prepare": prepare, "measure": measure}[options.task](options.peer, row, options)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
