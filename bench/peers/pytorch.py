"""PyTorch side of the benchmark: one GAN training step, repeated on request.

    BENCH_THREADS=2 /usr/bin/python3 bench/peers/pytorch.py dcgan-32

Speaks the line protocol of README.md. The networks come from cases.json, so that every peer trains the same ones. The
step is the one of PyTorch's own DCGAN example, written the fast way: gradients freed rather than zeroed, in-place
activations, no gradients for the discriminator's weights while the generator learns, denormals flushed.
"""

import json
import math
import os
import resource
import sys
import time

THREADS = int(os.environ.get("BENCH_THREADS", "2"))
# Both thread pools read these when they are loaded, so they come before the import of torch. A passive wait matters: with
# spinning, the two pools take the cores from each other (measured: 1.4 times slower at best, several times on a busy machine).
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(THREADS))
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

try:
    import torch
    from torch import nn
    from torch.nn.functional import relu, softplus

    from diffaugment import diff_augment
except ImportError as error:
    print(f"pytorch.py: {error}", file=sys.stderr)
    sys.exit(3)

# Elsewhere than on the CPU, Gantry's name of the device is not PyTorch's: of GPUs it knows CUDA's.
DEVICE = "cpu" if os.environ.get("BENCH_DEVICE", "cpu") in ("", "cpu") else "cuda"
CHANNELS_LAST = os.environ.get("BENCH_CHANNELS_LAST", "1") == "1"
ACTIVATIONS = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leakyRelu": lambda: nn.LeakyReLU(0.2, inplace=True),
    "tanh": nn.Tanh,
}


def load_case(name):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "cases.json"), encoding="utf-8") as file:
        cases = json.load(file)
    if name not in cases:
        print(f"pytorch.py: unknown case '{name}'; one of {', '.join(cases)}", file=sys.stderr)
        sys.exit(2)
    return filled(cases, name)


def filled(cases, name):
    """A case with what it takes over from the one it is `like`."""
    case = dict(cases[name])
    like = case.pop("like", None)
    return case if like is None else {**filled(cases, like), **case}


def linear_map(layer):
    """The layer's linear part. Between a 1x1 map and a whole one a convolution is a matrix product, and faster as one."""
    inputs, outputs, bias = layer["in"], layer["out"], not layer["norm"]
    if layer["op"] == "dense":
        return [nn.Linear(inputs, outputs)]
    kernel = layer["kernel"]
    if layer["pad"] == 0 and layer["op"] == "up":
        expand = nn.Linear(inputs, outputs * kernel * kernel, bias=bias)
        return [nn.Flatten(), expand, nn.Unflatten(1, (outputs, kernel, kernel))]
    if layer["pad"] == 0:
        return [nn.Flatten(), nn.Linear(inputs * kernel * kernel, outputs, bias=bias)]
    kind = nn.ConvTranspose2d if layer["op"] == "up" else nn.Conv2d
    return [kind(inputs, outputs, kernel, layer["stride"], layer["pad"], bias=bias)]


def build(layers, spectral=False):
    modules = []
    for layer in layers:
        linear = linear_map(layer)
        for module in linear:
            if getattr(module, "bias", None) is not None:
                nn.init.zeros_(module.bias)
            if layer["op"] != "dense" and hasattr(module, "weight"):
                nn.init.normal_(module.weight, 0.0, 0.02)
        if spectral:
            linear = [nn.utils.spectral_norm(m) if hasattr(m, "weight") else m for m in linear]
        modules += linear
        if layer["norm"]:
            modules.append(nn.BatchNorm2d(layer["out"]))
            nn.init.normal_(modules[-1].weight, 1.0, 0.02)
        if layer["act"] != "none":
            modules.append(ACTIVATIONS[layer["act"]]())
    return nn.Sequential(*modules)


def real_batch(case):
    """A fixed batch: bytes brought to -1..1, or points on a ring of eight Gaussians."""
    if case["kind"] == "image":
        pixels = torch.randint(0, 256, (case["batch"], *case["data"]), dtype=torch.uint8)
        return pixels.float().div_(127.5).sub_(1.0)
    angle = torch.randint(0, 8, (case["batch"],)).float() * (torch.pi / 4)
    return torch.stack((angle.cos(), angle.sin()), 1) + 0.02 * torch.randn(case["batch"], 2)


# The two halves of the discriminator's loss and the generator's, as functions of logits.
OBJECTIVES = {
    "non-saturating": (
        lambda real: softplus(-real).mean(), lambda fake: softplus(fake).mean(), lambda fake: softplus(-fake).mean()
    ),
    "hinge": (lambda real: relu(1 - real).mean(), lambda fake: relu(1 + fake).mean(), lambda fake: -fake.mean()),
    "wasserstein": (lambda real: -real.mean(), lambda fake: fake.mean(), lambda fake: -fake.mean()),
}


def squared_slope(logits, x):
    """The squared norm of the gradient of each sample's logit; it can be differentiated again."""
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
    return slope.square().sum(tuple(range(1, x.dim())))


class Training:
    def __init__(self, case):
        self.latent = (case["batch"], case["latent"])
        self.layout = "contiguous"
        self.gamma = case.get("r1r2Gamma", 0)
        self.wgan_gp = case.get("wganGpLambda", 0)
        self.augment = diff_augment if case.get("diffAugment") else lambda x: x
        self.of_real, self.of_fake, self.of_answer = OBJECTIVES[case.get("objective", "non-saturating")]
        self.generator = build(case["generator"]).to(DEVICE)
        self.discriminator = build(case["discriminator"], case.get("spectral", False)).to(DEVICE)
        self.learned = list(self.discriminator.parameters())
        self.real = real_batch(case).to(DEVICE)
        if case["kind"] == "image" and CHANNELS_LAST:
            self.layout = "channels_last"
            self.generator.to(memory_format=torch.channels_last)
            self.discriminator.to(memory_format=torch.channels_last)
            self.real = self.real.contiguous(memory_format=torch.channels_last)
        if self.gamma:
            self.real.requires_grad_(True)
        settings = {"lr": case["learningRate"], "betas": (case["beta1"], case["beta2"]), "foreach": True}
        self.generator_adam = torch.optim.Adam(self.generator.parameters(), **settings)
        self.discriminator_adam = torch.optim.Adam(self.discriminator.parameters(), **settings)

    def learn(self, images, loss_of):
        """Adds the gradients of half of the discriminator's loss, with the gradient penalty if asked."""
        logits = self.discriminator(self.augment(images))
        loss = loss_of(logits)
        penalty = 0.5 * self.gamma * squared_slope(logits, images).mean() if self.gamma else 0
        # The samples' own gradients are not asked for, though those of the penalty need them to be leaves.
        (loss + penalty).backward(inputs=self.learned)
        return loss

    def learn_between(self, fake):
        """WGAN-GP's term at random places between reals and fakes."""
        share = torch.rand(len(fake), *[1] * (fake.dim() - 1), device=DEVICE)
        between = (share * self.real + (1 - share) * fake).requires_grad_(True)
        norm = squared_slope(self.discriminator(between), between).sqrt()
        (self.wgan_gp * (norm - 1).square().mean()).backward(inputs=self.learned)

    def step(self):
        self.discriminator_adam.zero_grad(set_to_none=True)
        fake = self.generator(torch.randn(self.latent, device=DEVICE))
        detached = fake.detach()
        if self.gamma:
            detached.requires_grad_(True)
        d_loss = self.learn(self.real, self.of_real) + self.learn(detached, self.of_fake)
        if self.wgan_gp:
            self.learn_between(detached)
        self.discriminator_adam.step()

        self.generator_adam.zero_grad(set_to_none=True)
        self.discriminator.requires_grad_(False)
        g_loss = self.of_answer(self.discriminator(self.augment(fake)))
        g_loss.backward()
        self.discriminator.requires_grad_(True)
        self.generator_adam.step()
        return d_loss, g_loss


def say(message):
    print(json.dumps(message), flush=True)


def main():
    case = load_case(sys.argv[1] if len(sys.argv) > 1 else "")
    torch.set_num_threads(THREADS)
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    training = Training(case)
    parameters = {
        name: sum(p.numel() for p in getattr(training, name).parameters()) for name in ("generator", "discriminator")
    }
    if parameters != case["parameters"]:
        print(f"pytorch.py: built {parameters}, cases.json says {case['parameters']}", file=sys.stderr)
        sys.exit(1)
    say(
        {
            "ready": True,
            "peer": "pytorch",
            "version": torch.__version__,
            "layout": training.layout,
            "threads": THREADS,
            "parameters": parameters,
        }
    )

    for line in iter(sys.stdin.readline, ""):
        word, *rest = line.split() or [""]
        if word == "quit":
            break
        if word != "steps" or len(rest) != 1 or not rest[0].isdigit():
            print(f"pytorch.py: expected 'steps K' or 'quit', got {line!r}", file=sys.stderr)
            sys.exit(2)
        times, losses = [], (float("nan"), float("nan"))
        for _ in range(int(rest[0])):
            start = time.perf_counter()
            losses = training.step()
            if DEVICE == "cuda":
                torch.cuda.synchronize()
            times.append(round((time.perf_counter() - start) * 1000, 4))
        d_loss, g_loss = (float(loss) if math.isfinite(loss) else None for loss in losses)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say({"ms": times, "losses": {"d": d_loss, "g": g_loss}, "rssMb": round(peak, 1)})


if __name__ == "__main__":
    main()
