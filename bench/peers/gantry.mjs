// Gantry's side of the benchmark: the step that its trainer runs, repeated on request.
//
//     node bench/peers/gantry.mjs dcgan-32
//
// Speaks the line protocol of README.md, from the built dist/. A step is what `gantry train` does for one batch: noise
// drawn, arrays fed, the session run, the state swapped. The moving average of the generator is off, as the peers have none.
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import ort from "onnxruntime-node";
import { nodeBackend } from "../../dist/backend/onnx/node.js";
import { parseConfig } from "../../dist/config/config.js";
import { gameFromConfig } from "../../dist/config/game-from-config.js";
import { planStep } from "../../dist/gan/step/phases.js";
import { Executor } from "../../dist/run/training/steps/executor.js";
import { loadCase, realBatch, serve, uniforms, versionOf } from "./serve.mjs";

const THREADS = process.env.BENCH_THREADS === undefined ? {} : { threads: Number(process.env.BENCH_THREADS) };
const DEVICE = process.env.BENCH_DEVICE || "cpu";

/** Lays BENCH_SESSION over the options of every session made from here on. */
function overrideSessionOptions() {
  if (process.env.BENCH_SESSION === undefined) return;
  const { extra, ...override } = JSON.parse(process.env.BENCH_SESSION);
  const { create } = ort.InferenceSession;
  ort.InferenceSession.create = (model, { extra: { session, ...others } = {}, ...options } = {}) =>
    create(model, {
      ...options,
      ...override,
      extra: { ...others, ...extra, session: { ...session, ...extra?.session } },
    });
}

/** The penalties that a case asks for. */
function penaltiesOf({ r1r2Gamma: gamma, wganGpLambda: lambda }) {
  return [
    ...(gamma ? ["r1", "r2"].map((name) => ({ name, gamma })) : []),
    ...(lambda ? [{ name: "wgan-gp", lambda }] : []),
  ];
}

/** The discriminator of a case of images: normalised as its layers are listed. */
function modelOf({ kind, spectral, discriminator }) {
  if (kind !== "image") return { name: "mlp" };
  const norm = spectral ? "spectral" : discriminator.some((layer) => layer.norm) ? "batch" : "none";
  return { name: "dcgan", norm };
}

function configOf(spec) {
  const { batch, learningRate: lr, beta1, beta2, objective = "non-saturating" } = spec;
  const adam = { name: "adam", lr, beta1, beta2, epsilon: 1e-8 };
  return parseConfig({
    data: { source: "fixed" },
    model: modelOf(spec),
    objective,
    optimizer: { generator: adam, discriminator: adam },
    penalties: penaltiesOf(spec),
    ...(spec.diffAugment && { augment: ["diffaugment"] }),
    ema: { enabled: false },
    batch,
    ...THREADS,
  });
}

/** The fixed batch as Gantry takes it: bytes, which the step itself brings to -1..1, or points. */
function fixedBatch(spec) {
  const values = realBatch(spec, spec.batch, uniforms(1));
  return spec.kind === "image" ? Uint8Array.from(values, (x) => Math.round((x + 1) * 127.5)) : values;
}

const spec = loadCase();
overrideSessionOptions();
const config = configOf(spec);
const game = gameFromConfig(config, { kind: spec.kind === "image" ? "images" : "points", shape: spec.data });
const parameters = { generator: game.generator.parameters.length, discriminator: game.discriminator.parameters.length };
if (JSON.stringify(parameters) !== JSON.stringify(spec.parameters)) {
  console.error(`built ${JSON.stringify(parameters)}, cases.json says ${JSON.stringify(spec.parameters)}`);
  process.exit(1);
}

const executor = new Executor(game, await nodeBackend({ ...THREADS, device: DEVICE }), config.seed);
const real = fixedBatch(spec);
// Without an average and without ramps, learning rates are all that is fed.
const scalar = () => spec.learningRate;
const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
let draws = 0;
let metrics = new Map();
for (const phase of planStep(game.updates, game.penalties, 0)) await executor.prepare(phase);

await serve(
  {
    peer: "gantry",
    version: `${version} on onnxruntime-node ${versionOf("onnxruntime-node")}`,
    threads: THREADS.threads ?? availableParallelism(),
    parameters,
  },
  {
    async step() {
      for (const phase of planStep(game.updates, game.penalties, draws)) {
        metrics = await executor.run(phase, { real, draw: draws++, scalar });
      }
    },
    losses: () => ({ d: metrics.get("loss/discriminator"), g: metrics.get("loss/generator") }),
  },
);
