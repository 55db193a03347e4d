import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  convModel,
  externalModel,
  flatInput,
  freeModel,
  type ModelForm,
  nanModel,
  twoInputs,
} from "../../../tests/support/onnx-models.ts";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { requireSameExtractor } from "../../metrics/features.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { chooseExtractor } from "./choose-extractor.ts";
import type { Samples } from "./extractor.ts";
import type { ForeignOptions } from "./onnx-extractor.ts";

const dir = mkdtempSync(join(tmpdir(), "gantry-onnx-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const backend = await nodeBackend({ threads: 1 });

function images(count: number, channels = 1, size = 16): Samples & { kind: "images" } {
  const data = Uint8Array.from({ length: count * channels * size * size }, (_, i) => (i * 7919 + (i >> 4) * 31) % 256);
  return { kind: "images", data, count, shape: [channels, size, size] };
}

let files = 0;
function file(bytes: Uint8Array, name = `Model v${files++}.onnx`): string {
  const path = join(dir, name);
  writeFileSync(path, bytes);
  return path;
}

async function look(path: string, samples: Samples, options: ForeignOptions = {}) {
  const extractor = await chooseExtractor(path, samples, backend, { threads: 1, ...options });
  try {
    const { features } = await extractor.extract(samples);
    return { extractor, features, data: [...features.data] };
  } finally {
    await extractor.release();
  }
}

const lookWith = (form: ModelForm, samples: Samples, options?: ForeignOptions) =>
  look(file(convModel(form)), samples, options);

function expectNear(found: readonly number[], wanted: readonly number[], tolerance = 1e-5): void {
  expect(found.length).toBe(wanted.length);
  expect(Math.max(...found.map((x, i) => Math.abs(x - wanted[i]!)))).toBeLessThan(tolerance);
  expect(Math.max(...found)).toBeGreaterThan(0.1);
}

describe("a model file", () => {
  it("gives the same features from bytes, floats, channels first or last", async () => {
    const samples = images(21);
    const { extractor, features, data } = await lookWith({}, samples);
    expect([features.count, features.dimensions]).toEqual([21, 6]);
    // The mean absolute convolution, by hand, for sample 20, in a batch that is filled up; feature 0.
    let sum = 0;
    for (let y = 0; y < 16; y += 4) {
      for (let x = 0; x < 16; x += 4) {
        let value = 0;
        for (let k = 0; k < 16; k++) {
          const pixel = samples.data[20 * 256 + (y + (k >> 2)) * 16 + x + (k & 3)]! / 255;
          value += pixel * Math.sin(1 + 1.7 * k + 0.01 * k * k);
        }
        sum += Math.abs(value) / 16;
      }
    }
    expect(data[120]).toBeCloseTo(sum, 5);
    for (const form of [{ type: "f32" }, { layout: "NHWC" }, { type: "f32", layout: "NHWC" }] as const) {
      const other = await lookWith(form, samples);
      expectNear(other.data, data);
      expect(other.extractor.notes?.[0]).toContain(`taken for ${"layout" in form ? "NHWC" : "NCHW"}`);
    }
    expect(extractor.notes?.[0]).toContain("0..255");
  });

  it("is given the range that was asked for", async () => {
    const unit = (await lookWith({ type: "f32" }, images(16))).data;
    const bytes = (await lookWith({ type: "f32" }, images(16), { range: "0..255" })).data;
    expectNear(
      bytes.map((x) => x / 255),
      unit,
    );
    const signed = (await lookWith({ type: "f32" }, images(16), { range: "-1..1" })).data;
    expect(signed[0]).not.toBeCloseTo(unit[0]!, 2);
    await expect(lookWith({}, images(16), { range: "0..1" })).rejects.toThrow(/bytes, which are 0..255/);
  });

  it("with free axes takes images as they are, grey ones three times", async () => {
    const path = file(freeModel());
    const { data, features, extractor } = await look(path, images(40, 1, 11));
    expect(features.dimensions).toBe(3);
    const mean =
      images(40, 1, 11)
        .data.subarray(0, 121)
        .reduce((a, b) => a + b, 0) /
      121 /
      255;
    expectNear(data.slice(0, 3), [mean, mean, mean]);
    expect(extractor.notes?.join()).toContain("grey is repeated");
    expect((await look(path, images(3, 3, 5))).features.count).toBe(3);
  });

  it("may have inputs with defaults, and features with axes of 1", async () => {
    expectNear((await lookWith({ open: true }, images(16))).data, (await lookWith({}, images(16))).data);
  });

  it("scales images to the size it wants", async () => {
    const flat = { ...images(16, 1, 28), data: new Uint8Array(16 * 784).fill(100) };
    const same = { ...images(16), data: new Uint8Array(16 * 256).fill(100) };
    const scaled = await lookWith({}, flat);
    expectNear(scaled.data, (await lookWith({}, same)).data);
    expect(scaled.extractor.notes?.join()).toContain("scaled to 16x16");
  });

  it("is told from another of the same name, by a short name", async () => {
    const first = await look(file(convModel(), "net.v1.onnx"), images(16));
    const again = await look(file(convModel(), "net.v1.onnx"), images(16));
    const other = await look(file(convModel({ salt: 1 }), "net.v1.onnx"), images(16));
    expect([first.extractor.name, other.extractor.name]).toEqual(["net_v1", "net_v1"]);
    expect(() => requireSameExtractor(first.features, again.features)).not.toThrow();
    expect(() => requireSameExtractor(first.features, other.features)).toThrow(DataError);
  });

  it("says which output it takes, and takes the one that is named", async () => {
    const path = file(convModel({ output: "embedding" }));
    expect((await look(path, images(16))).extractor.notes?.join()).toContain("the output embedding, 6 numbers");
    await expect(look(path, images(16), { output: "map" })).rejects.toThrow(/map .* is not features/);
    await expect(look(path, images(16), { output: "embeding" })).rejects.toThrow(/embedding/);
    expect((await look(path, images(16), { output: "embedding" })).features.dimensions).toBe(6);
  });
});

describe("refusals", () => {
  it.each([
    ["text", new TextEncoder().encode("no model at all"), /not an ONNX model/],
    ["half a model", convModel().subarray(0, 300), /not an ONNX model/],
    ["an empty file", new Uint8Array(0), /empty/],
    ["two inputs", twoInputs(), /has 2 inputs/],
    ["vectors", flatInput(), /not images/],
    ["weights in other files", externalModel(), /weights in other files/],
  ])("of %s", async (_, bytes, words) => {
    const error = await look(file(bytes), images(4)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(words);
    expect((error as DataError).help).toBeDefined();
  });

  it("of files that are not there, NaN, colour for grey, points, and options for Gantry's own", async () => {
    await expect(look(join(dir, "none.onnx"), images(4))).rejects.toThrow(/No such file/);
    await expect(look(file(nanModel()), images(4, 1, 8))).rejects.toThrow(/not all finite/);
    await expect(lookWith({}, images(4, 3))).rejects.toThrow(ConfigError);
    await expect(chooseExtractor(file(convModel()), { kind: "points", shape: [2] }, backend)).rejects.toThrow(
      ConfigError,
    );
    await expect(chooseExtractor("random_conv", images(4), backend, { range: "0..1" })).rejects.toThrow(ConfigError);
  });
});
