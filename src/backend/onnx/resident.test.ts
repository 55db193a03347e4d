/** @file Results that stay on a device: on ONNX Runtime's CPU provider, with tensors that say when they are freed. */

import * as ort from "onnxruntime-node";
import { expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { planStep } from "../../gan/step/phases.ts";
import { buildGraph } from "../../graph/graph.ts";
import { input, neg } from "../../graph/tensor.ts";
import { Executor } from "../../run/training/steps/executor.ts";
import type { Backend } from "../backend.ts";
import { onnxBackend } from "./onnx.ts";
import type { OrtModule } from "./ort.ts";

const session = { executionProviders: ["cpu"], intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };

/** ONNX Runtime's CPU provider as if it had memory of its own; counts what is open and what is not yet freed. */
function lendingBackend() {
  const left = { arrays: 0, sessions: 0 };
  const module = {
    Tensor: ort.Tensor,
    InferenceSession: {
      async create(model: Uint8Array, options: { readonly preferredOutputLocation?: Record<string, string> }) {
        const { preferredOutputLocation: places, ...others } = options;
        const opened = await ort.InferenceSession.create(model, others);
        left.sessions++;
        return {
          async run(feeds: ort.InferenceSession.FeedsType, fetches: ort.InferenceSession.FetchesType) {
            const results = await opened.run(feeds, fetches);
            const far = Object.entries(results).filter(([name]) => places?.[name] === "gpu-buffer");
            left.arrays += far.length;
            for (const [, tensor] of far) tensor.dispose = () => void left.arrays--;
            return results;
          },
          release() {
            left.sessions--;
            return opened.release();
          },
        };
      },
    },
  };
  const ortModule = module as unknown as OrtModule;
  return { left, ...onnxBackend({ name: "lending", ort: ortModule, channelBlock: 0, session, lendsMemory: true }) };
}

const plainBackend = () => onnxBackend({ name: "plain", ort: ort as unknown as OrtModule, channelBlock: 0, session });

/** Five steps of a game whose weights are large enough to be fed as views elsewhere; the state is looked at in between. */
async function train(backend: Backend, raw: object) {
  const config = parseConfig({ data: { source: "none" }, batch: 8, ...raw });
  const game = gameFromConfig(config, { kind: "images", shape: [1, 16, 16] });
  const executor = new Executor(game, backend, 3);
  const real = Uint8Array.from({ length: 8 * 256 }, (_, i) => (i * 7919) % 256);
  const scalar = ({ name }: { readonly name: string }) => (name === "ema/decay" ? 0.9 : 1e-3);
  const measured = [];
  for (let step = 0; step < 5; step++) {
    for (const phase of planStep(game.updates, game.penalties, step)) {
      measured.push([...(await executor.run(phase, { real, draw: step, scalar }))]);
    }
    if (step === 2) await executor.settle();
  }
  const state = structuredClone((await executor.settle()).read());
  await executor.release();
  return { measured, state };
}

it.each([
  { model: { name: "dcgan", base: 32, latent: 8, norm: "batch" } },
  { model: { name: "dcgan", base: 32, latent: 8, norm: "spectral" }, updates: { mode: "extragradient" } },
])("a training is the same to the bit, and nothing is left: %j", async (raw) => {
  const backend = lendingBackend();
  expect(await train(backend, raw)).toEqual(await train(plainBackend(), raw));
  expect(backend.left).toEqual({ arrays: 0, sessions: 0 });
});

it("arrays are fed as they are, read, and refused where they do not fit", async () => {
  const { compileResident, left } = lendingBackend();
  const x = input("x", [3]);
  const twice = await compileResident!(buildGraph({ y: neg(x), same: neg(neg(x)) }), ["y"]);
  const first = await twice.run({ x: Float32Array.of(1, 2, 3) });
  expect(Object.keys(first.host)).toEqual(["same"]);
  expect(await first.device.y!.read()).toEqual(Float32Array.of(-1, -2, -3));
  const second = await twice.run({ x: first.device.y! });
  expect(second.host.same).toEqual(Float32Array.of(-1, -2, -3));
  await expect(twice.run({ x: new Float32Array(2) })).rejects.toThrow('input "x" needs 3 values, got 2');
  await expect(twice.run({})).rejects.toThrow('input "x" needs 3 values, got none');
  const foreign = { length: 3, read: async () => new Float32Array(3), release() {} };
  await expect(twice.run({ x: foreign })).rejects.toThrow("an array of another backend is fed");
  for (const { device } of [first, second]) device.y!.release();
  await twice.release();
  expect(left).toEqual({ arrays: 0, sessions: 0 });
});
