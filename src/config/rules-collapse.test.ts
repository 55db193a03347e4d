import { describe, expect, it } from "vitest";
import { ConfigError } from "../util/errors.ts";
import { parseConfig } from "./config.ts";

const images = { data: { source: "mnist" }, model: { name: "dcgan" } };
const points = { data: { source: "ring" }, model: { name: "mlp" } };

function refusal(raw: object): { message: string; help: string } {
  try {
    parseConfig(raw as Record<string, unknown>);
  } catch (error) {
    if (error instanceof ConfigError) return { message: error.message, help: error.help ?? "" };
    throw error;
  }
  return expect.fail("it was accepted");
}

describe("what is refused, with the reason and what to do", () => {
  it.each<[object, string, string]>([
    ...["r1", "r2", "wgan-gp", "zero-gp", "dragan"].map((penalty): [object, string, string] => [
      { ...images, penalties: ["l2", penalty] },
      `"${penalty}" takes the discriminator's slope at each sample, but with model.norm "batch"`,
      'set model.norm to "none", "layer" or "spectral"',
    ]),
    [
      { ...images, model: { name: "metz" }, penalties: "r1" },
      'with model.norm "batch" every logit depends on the whole batch',
      'set model.norm to "none" or "spectral"',
    ],
    [
      { ...points, model: { name: "mlp", minibatch: "discrimination" }, penalties: "r1" },
      '"r1" takes the discriminator\'s slope at each sample, but with model.minibatch "discrimination"',
      'set model.minibatch to "std" or "none"',
    ],
    [
      { ...points, objective: "feature-matching", topK: {} },
      "topK: feature matching compares the mean over all fakes",
      "leave out topK",
    ],
    [{ ...points, replay: {}, packing: 2 }, "replay: a pack of old and new fakes", "leave out replay, or set packing"],
    [
      { ...images, model: { name: "dcgan", minibatch: "std" }, replay: {} },
      'which model.minibatch "std" is to measure',
      "leave out replay, or take a discriminator that does not compare",
    ],
    [{ ...points, replay: {}, reconstructor: {} }, "those of old fakes are not kept", "leave out reconstructor"],
    [{ ...points, replay: {}, penalties: "consensus" }, 'replay: "consensus" takes both losses', "leave out consensus"],
    ...["wgan-gp", "zero-gp", "dragan"].map((penalty): [object, string, string] => [
      { ...points, reconstructor: {}, penalties: penalty },
      `"${penalty}" looks at points beside the samples`,
      "use r1 and r2",
    ]),
    [{ ...points, topK: { share: 0 } }, "topK.share", ""],
    [{ ...points, topK: { share: 1.5 } }, "topK.share", ""],
    [{ ...points, replay: { share: 1 } }, "replay.share", ""],
    [{ ...points, replay: { capacity: 0 } }, "replay.capacity", ""],
    [{ ...points, reconstructor: { weight: -1 } }, "reconstructor.weight", ""],
  ])("%j", (raw, message, help) => {
    const found = refusal(raw);
    expect(found.message).toContain(message);
    expect(found.help).toContain(help);
  });
});

describe("what is let through", () => {
  it.each<[object]>([
    ...["none", "layer", "spectral"].map((norm): [object] => [
      { ...images, model: { name: "dcgan", norm }, penalties: "r1,r2,wgan-gp,zero-gp,dragan" },
    ]),
    [{ ...images, penalties: "lecam,l2,orthogonal" }],
    [{ data: { source: "photos" }, model: "tutorial", penalties: "r1" }],
    [{ ...points, model: { name: "mlp", minibatch: "std" }, penalties: "r1,wgan-gp" }],
    [{ ...points, topK: {}, replay: {}, objective: "relativistic", penalties: "r1,r2" }],
    [{ ...points, reconstructor: {}, topK: {}, packing: 2, penalties: "r1" }],
  ])("%j", (raw) => {
    expect(() => parseConfig(raw as Record<string, unknown>)).not.toThrow();
  });
});
