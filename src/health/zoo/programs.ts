/** @file The programs of the zoo: small trainings that go well. The oracle of the benchmarks says so, seed by seed. */

import type { ConfigInput } from "../../config/config.ts";
import type { ZooProgram } from "./program.ts";

/** Rates fall to a twentieth, so that the players come to rest. */
const adam = (lr: number, beta1 = 0, beta2 = 0.99) =>
  ({ name: "adam", lr, beta1, beta2, schedule: { kind: "cosine", final: 0.05 } }) as const;
const both = (optimizer: ReturnType<typeof adam>) => ({ generator: optimizer, discriminator: optimizer });
const mlp = (width: number, depth = 2) => ({ name: "mlp", latent: 2, width, depth }) as const;

/** What all programs of points have in common. */
const points = { batch: 128, threads: 1, ema: { enabled: false } } as const;
/** And those of images. */
const images = { batch: 32, threads: 1, ema: { enabled: false } } as const;

const r1 = (gamma: number) => [{ name: "r1", gamma }];
const r1r2 = (gamma: number) => [
  { name: "r1", gamma },
  { name: "r2", gamma },
];

const dcgan = (base: number, norm: "batch" | "none" | "spectral") =>
  ({ name: "dcgan", latent: 32, base, norm }) as const;

const POINTS = { held: 0.8, quality: 0.4 } as const;
/** In so short a training some of the ten classes, or sixteen sprites, are seldom drawn well. */
const DIGITS = { held: 0.6, quality: 0.3 } as const;
const SHAPES = { held: 0.6, quality: 0.3 } as const;

const program = (
  name: string,
  half: ZooProgram["half"],
  kind: ZooProgram["kind"],
  floor: ZooProgram["floor"],
  config: ConfigInput,
): ZooProgram => ({ name, half, kind, floor, config });

/** All programs, those of one half together. */
export const zooPrograms: readonly ZooProgram[] = [
  program("ring-non-saturating", "calibration", "points", POINTS, {
    ...points,
    data: { source: "ring" },
    model: mlp(64),
    objective: "non-saturating",
    penalties: r1(0.1),
    optimizer: both(adam(2e-3)),
    steps: 2000,
  }),
  program("five-hinge", "calibration", "points", POINTS, {
    ...points,
    data: { source: "five-gaussians" },
    model: mlp(64),
    objective: "hinge",
    penalties: r1(0.1),
    optimizer: both(adam(1e-3)),
    steps: 1500,
  }),
  program("spiral-wasserstein", "calibration", "points", POINTS, {
    ...points,
    data: { source: "spiral" },
    model: mlp(64),
    objective: "wasserstein",
    penalties: [{ name: "wgan-gp", lambda: 0.1 }],
    optimizer: both(adam(2e-3, 0, 0.9)),
    updates: { discriminatorSteps: 3 },
    steps: 1500,
  }),
  program("grid-relativistic", "calibration", "points", POINTS, {
    ...points,
    data: { source: "grid" },
    model: mlp(128, 3),
    objective: "relativistic",
    penalties: r1r2(0.3),
    optimizer: both(adam(3e-3)),
    steps: 4500,
  }),
  program("mnist-non-saturating", "calibration", "grey", DIGITS, {
    ...images,
    data: { source: "mnist" },
    model: dcgan(12, "batch"),
    objective: "non-saturating",
    optimizer: both(adam(1e-3, 0.5, 0.999)),
    steps: 700,
  }),
  program("shapes-hinge", "calibration", "colour", SHAPES, {
    ...images,
    data: { source: "shapes" },
    model: dcgan(16, "spectral"),
    objective: "hinge",
    optimizer: { generator: adam(1e-3, 0.5, 0.999), discriminator: adam(2e-3, 0.5, 0.999) },
    steps: 1200,
  }),
  program("ring-relativistic", "held-out", "points", POINTS, {
    ...points,
    data: { source: "ring" },
    model: mlp(96),
    objective: "relativistic",
    penalties: r1r2(0.1),
    optimizer: both(adam(2e-3)),
    steps: 2000,
  }),
  program("five-non-saturating", "held-out", "points", POINTS, {
    ...points,
    data: { source: "five-gaussians" },
    model: mlp(48, 3),
    objective: "non-saturating",
    penalties: r1(0.2),
    optimizer: both(adam(1e-3)),
    steps: 1500,
  }),
  program("spiral-least-squares", "held-out", "points", POINTS, {
    ...points,
    data: { source: "spiral" },
    model: mlp(64),
    objective: "least-squares",
    penalties: r1(0.1),
    optimizer: both(adam(2e-3)),
    steps: 1500,
  }),
  program("grid-hinge", "held-out", "points", POINTS, {
    ...points,
    data: { source: "grid" },
    model: mlp(128, 3),
    objective: "hinge",
    penalties: r1r2(0.3),
    optimizer: both(adam(3e-3)),
    steps: 4500,
  }),
  program("fashion-relativistic", "held-out", "grey", DIGITS, {
    ...images,
    data: { source: "fashion-mnist" },
    model: dcgan(12, "batch"),
    objective: "relativistic",
    optimizer: both(adam(1e-3, 0.5, 0.999)),
    steps: 700,
  }),
  program("shapes-wasserstein", "held-out", "colour", SHAPES, {
    ...images,
    data: { source: "shapes" },
    model: dcgan(16, "none"),
    objective: "wasserstein",
    penalties: [{ name: "wgan-gp", lambda: 10 }],
    optimizer: both(adam(2e-3, 0, 0.9)),
    updates: { discriminatorSteps: 2 },
    steps: 1200,
  }),
];
