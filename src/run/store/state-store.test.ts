import { describe, expect, it } from "vitest";
import { parseConfig } from "../../config/config.ts";
import { gameFromConfig } from "../../config/game-from-config.ts";
import { gameState } from "../../gan/game/game-state.ts";
import { DataError } from "../../util/errors.ts";
import { StateStore } from "./state-store.ts";

const game = gameFromConfig(
  parseConfig({
    data: { source: "none" },
    model: { name: "dcgan", base: 2, latent: 3 },
    optimizer: { discriminator: { name: "sgd", momentum: 0.5 } },
  }),
  { kind: "images", shape: [1, 16, 16] },
);

function store(seed = 0): StateStore {
  const out = new StateStore(gameState(game));
  out.initialise(seed);
  return out;
}

const copyOf = (state: StateStore) =>
  new Map([...state.toArrays()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));

describe("StateStore", () => {
  it("holds everything that training carries, under the names of its parts", () => {
    expect([...store().toArrays()].map(([name, { shape }]) => `${name} [${shape}]`)).toMatchInlineSnapshot(`
      [
        "generator/convTranspose1/weight [3,4,4,4]",
        "generator/batchNorm1/gain [4]",
        "generator/batchNorm1/bias [4]",
        "generator/convTranspose2/weight [4,2,4,4]",
        "generator/batchNorm2/gain [2]",
        "generator/batchNorm2/bias [2]",
        "generator/convTranspose3/weight [2,1,4,4]",
        "generator/convTranspose3/bias [1]",
        "generator/buffers/batchNorm1/mean [4]",
        "generator/buffers/batchNorm1/variance [4]",
        "generator/buffers/batchNorm2/mean [2]",
        "generator/buffers/batchNorm2/variance [2]",
        "discriminator/conv1/weight [2,1,4,4]",
        "discriminator/conv1/bias [2]",
        "discriminator/conv2/weight [4,2,4,4]",
        "discriminator/batchNorm1/gain [4]",
        "discriminator/batchNorm1/bias [4]",
        "discriminator/conv3/weight [1,4,4,4]",
        "discriminator/conv3/bias [1]",
        "discriminator/buffers/batchNorm1/mean [4]",
        "discriminator/buffers/batchNorm1/variance [4]",
        "optim/generator/m/convTranspose1/weight [3,4,4,4]",
        "optim/generator/m/batchNorm1/gain [4]",
        "optim/generator/m/batchNorm1/bias [4]",
        "optim/generator/m/convTranspose2/weight [4,2,4,4]",
        "optim/generator/m/batchNorm2/gain [2]",
        "optim/generator/m/batchNorm2/bias [2]",
        "optim/generator/m/convTranspose3/weight [2,1,4,4]",
        "optim/generator/m/convTranspose3/bias [1]",
        "optim/generator/correction1 []",
        "optim/generator/v/convTranspose1/weight [3,4,4,4]",
        "optim/generator/v/batchNorm1/gain [4]",
        "optim/generator/v/batchNorm1/bias [4]",
        "optim/generator/v/convTranspose2/weight [4,2,4,4]",
        "optim/generator/v/batchNorm2/gain [2]",
        "optim/generator/v/batchNorm2/bias [2]",
        "optim/generator/v/convTranspose3/weight [2,1,4,4]",
        "optim/generator/v/convTranspose3/bias [1]",
        "optim/generator/correction2 []",
        "optim/discriminator/velocity/conv1/weight [2,1,4,4]",
        "optim/discriminator/velocity/conv1/bias [2]",
        "optim/discriminator/velocity/conv2/weight [4,2,4,4]",
        "optim/discriminator/velocity/batchNorm1/gain [4]",
        "optim/discriminator/velocity/batchNorm1/bias [4]",
        "optim/discriminator/velocity/conv3/weight [1,4,4,4]",
        "optim/discriminator/velocity/conv3/bias [1]",
        "ema/generator/convTranspose1/weight [3,4,4,4]",
        "ema/generator/batchNorm1/gain [4]",
        "ema/generator/batchNorm1/bias [4]",
        "ema/generator/convTranspose2/weight [4,2,4,4]",
        "ema/generator/batchNorm2/gain [2]",
        "ema/generator/batchNorm2/bias [2]",
        "ema/generator/convTranspose3/weight [2,1,4,4]",
        "ema/generator/convTranspose3/bias [1]",
        "ema/generator/buffers/batchNorm1/mean [4]",
        "ema/generator/buffers/batchNorm1/variance [4]",
        "ema/generator/buffers/batchNorm2/mean [2]",
        "ema/generator/buffers/batchNorm2/variance [2]",
      ]
    `);
  });

  it("begins with the weights of its seed, and their average as a copy", () => {
    const arrays = store(5).toArrays();
    expect(copyOf(store(5))).toEqual(copyOf(store(5)));
    expect(arrays.get("generator/convTranspose1/weight")!.data).not.toEqual(
      store(6).toArrays().get("generator/convTranspose1/weight")!.data,
    );
    for (const [name, { data }] of arrays) {
      if (name.startsWith("ema/")) expect(data).toEqual(arrays.get(name.slice(4))!.data);
      if (name.endsWith("/variance")) expect(data.every((x) => x === 1)).toBe(true);
      if (name.endsWith("/mean") || name.startsWith("optim/")) expect(data.every((x) => x === 0)).toBe(true);
    }
    // DCGAN's weights: N(0, 0.02); gains: N(1, 0.02).
    const weight = arrays.get("discriminator/conv1/weight")!.data as Float32Array;
    expect(Math.sqrt(weight.reduce((sum, x) => sum + x * x, 0) / weight.length)).toBeCloseTo(0.02, 2);
    const gain = arrays.get("generator/batchNorm1/gain")!.data as Float32Array;
    expect(gain.every((x) => Math.abs(x - 1) < 0.1)).toBe(true);
    expect(gain.some((x) => x !== 1)).toBe(true);
  });

  it("shows what was written only after a swap, and only that", () => {
    const state = store();
    const before = state.read();
    const written = state.writable(["generator", "optim/generator/v", "metrics"]);
    expect(Object.keys(written)).toEqual(["generator", "optim/generator/v"]);
    written.generator!.fill(7);
    expect(state.read().generator).toBe(before.generator);
    expect(before.generator!.includes(7)).toBe(false);
    state.swap(["generator", "metrics"]);
    expect(state.read().generator).toBe(written.generator);
    expect(state.read().discriminator).toBe(before.discriminator);
    expect(state.writable(["generator"]).generator).toBe(before.generator);
  });

  it("takes over what another gave", () => {
    const [state, other] = [store(1), store(2)];
    state.fromArrays(copyOf(other), "a file");
    expect(copyOf(state)).toEqual(copyOf(other));
    // Also after a swap: the readable copy is meant.
    state.swap(["generator", "discriminator"]);
    state.fromArrays(copyOf(other), "a file");
    expect(copyOf(state)).toEqual(copyOf(other));
  });

  it("takes over all or nothing", () => {
    const state = store(1);
    const before = copyOf(state);
    const name = "ema/generator/buffers/batchNorm1/mean";
    const missing = copyOf(store(2));
    missing.delete(name);
    expect(() => state.fromArrays(missing, "a file")).toThrow(DataError);
    expect(() => state.fromArrays(missing, "a file")).toThrow(
      `a file does not fit this model: "${name}" should be [4], it has nothing`,
    );
    const wrong = copyOf(store(2)).set(name, { shape: [2, 2], data: new Float32Array(4) });
    expect(() => state.fromArrays(wrong, "a file")).toThrow(`"${name}" should be [4], it has [2,2]`);
    expect(copyOf(state)).toEqual(before);
  });

  it("takes over what has the same name and shape, and averages from what they follow", () => {
    const plain = gameFromConfig(
      parseConfig({
        data: { source: "none" },
        model: { name: "dcgan", base: 2, latent: 3, norm: "none" },
        optimizer: { generator: { optimistic: true } },
      }),
      { kind: "images", shape: [1, 16, 16] },
    );
    const stored = new Map(
      [...store(1).toArrays()]
        .filter(([name]) => !name.startsWith("ema/"))
        .map(([name, { shape, data }], i) => [name, { shape, data: data.map((_, k) => i + k / 1000) as Float32Array }]),
    );
    const [state, fresh] = [new StateStore(gameState(plain)), new StateStore(gameState(plain))];
    for (const each of [state, fresh]) each.initialise(0);
    state.takeOver(stored);
    const begun = fresh.toArrays();
    const kinds = [...state.toArrays()].map(([name, { shape, data }]) => {
      const source = [name, name.replace(/^ema\//, "")].map((own) => stored.get(own)).find((own) => own !== undefined);
      const taken = source !== undefined && source.shape.join() === shape.join();
      expect(data, name).toEqual(taken ? source.data : begun.get(name)!.data);
      return `${name.split("/")[0]} ${taken}`;
    });
    // Without batch normalisation the second convolution has a bias, and there are moments of new parameters.
    expect([...new Set(kinds)].sort()).toEqual([
      "discriminator false",
      "discriminator true",
      "ema true",
      "generator true",
      "optim false",
      "optim true",
    ]);
  });
});
