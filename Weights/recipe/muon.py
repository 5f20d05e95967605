"""Muon: momentum whose matrices are orthogonalised (Jordan et al., "Muon: An optimizer for hidden layers in neural
networks", 2024), with the scale of Liu et al. (arXiv 2502.16982, section 2.2), which makes an update as large as AdamW's."""

import torch

MOMENTUM, ITERATIONS, DECAY = 0.95, 5, 0.01
OTHERS_RATE = 0.4  # the learning rate of what AdamW moves, over Muon's


def takes(name, parameter):
    """Whether Muon moves a parameter: it has two axes or more (a convolution is a matrix [out, rest]), is no table of
    embeddings, and not in the first or last layer, whose inputs and outputs are no features."""
    layer = (name.split(".")[:-1] or [""])[-1]
    return parameter.ndim > 1 and not layer.endswith("_embedding") and layer not in ("conv_in", "conv_out")


def orthogonalised(matrices):
    """Matrices `[n, rows, columns]` with the same singular vectors and singular values of 0.7 to 1.2; zeros stay."""
    turned = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if turned else matrices
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp_min(torch.finfo(x.dtype).tiny)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.mT if turned else x


class Muon(torch.optim.Optimizer):
    """`step` moves each parameter by 0.2 * sqrt(max(rows, columns)) times its orthogonalised Nesterov momentum."""

    def __init__(self, groups, lr):
        super().__init__(groups, {"lr": lr})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            alike = {}  # matrices of one shape are multiplied together
            for p in group["params"]:
                if p.grad is not None:
                    alike.setdefault((len(p), p.numel() // len(p)), []).append(p)
            for (rows, columns), parameters in alike.items():
                updates = []
                for p in parameters:
                    momentum = self.state[p].setdefault("momentum", torch.zeros_like(p)).mul_(MOMENTUM).add_(p.grad)
                    updates.append(p.grad.add(momentum, alpha=MOMENTUM).reshape(rows, columns))
                size = 0.2 * max(rows, columns) ** 0.5
                for p, update in zip(parameters, orthogonalised(torch.stack(updates))):
                    p.mul_(1 - group["lr"] * DECAY).add_(update.reshape(p.shape), alpha=-group["lr"] * size)
