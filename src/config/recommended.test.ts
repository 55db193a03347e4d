import { describe, expect, it } from "vitest";
import { parseConfig } from "./config.ts";
import { gameFromConfig } from "./game-from-config.ts";
import { mergeConfig, presetConfig } from "./layers.ts";
import { type DataDescription, gammaOfSize, recommend } from "./recommended.ts";

const points: DataDescription = { kind: "points", shape: [2], count: 100_000 };
const images = (size: number, channels = 1, count = 60_000): DataDescription => ({
  kind: "images",
  shape: [channels, size, size],
  count,
});
const full = (data: DataDescription) => parseConfig(mergeConfig(presetConfig("recommended", data), {}));

describe("the recommended recipe", () => {
  it.each([
    ["points", points],
    ["small images", images(28)],
    ["large images", images(128, 3)],
  ])("is relativistic, with R1 and R2 at every step, without momentum, for %s", (_, data) => {
    const { objective, penalties, optimizer, ema, model } = full(data);
    expect(objective.name).toBe("relativistic");
    expect(penalties.map(({ name, every }) => [name, every])).toEqual([
      ["r1", 1],
      ["r2", 1],
    ]);
    for (const player of [optimizer.generator, optimizer.discriminator]) {
      expect(player).toMatchObject({ name: "adam", beta1: 0, beta2: { from: 0.9, to: 0.99 } });
      expect(player.schedule.kind).toBe("cosine");
    }
    expect(ema.enabled).toBe(true);
    expect(model.norm ?? "none").toBe("none");
  });

  it("chooses networks by the kind of sample", () => {
    expect(full(points).model.name).toBe("mlp");
    expect(full(images(28)).model).toMatchObject({ name: "dcgan", base: 32 });
    expect(full(images(32, 3)).model).toMatchObject({ name: "dcgan", base: 64 });
    expect(full(images(64)).model).toMatchObject({ name: "dcgan", base: 64 });
  });

  it("grows gamma with the square of the size and lets it fall to a tenth", () => {
    expect([8, 16, 28, 32, 64, 128, 256].map(gammaOfSize)).toEqual([0.063, 0.25, 0.77, 1, 4, 16, 64]);
    const gammas = (data: DataDescription) => full(data).penalties.map(({ gamma }) => gamma);
    expect(gammas(images(64, 3))).toMatchObject([
      { from: 4, to: 0.4 },
      { from: 4, to: 0.4 },
    ]);
    expect(gammas(images(28))).toMatchObject([
      { from: 0.77, to: 0.077 },
      { from: 0.77, to: 0.077 },
    ]);
    const ofBatch = (data: DataDescription, batch: number) =>
      parseConfig({ ...recommend(data, batch), data: { source: "x" } }).penalties[0];
    expect(ofBatch(images(28), 16)).toMatchObject({ gamma: { from: 3.1, to: 0.31 } });
    expect(ofBatch(images(28), 256)).toMatchObject({ gamma: { from: 0.77, to: 0.077 } });
    expect(ofBatch(points, 16)).toMatchObject({ gamma: { from: 1, to: 0.1 } });
  });

  it("never asks for a batch larger than the data, and keeps it a power of two", () => {
    const batches = (data: (count: number) => DataDescription) =>
      [1, 3, 50, 100, 1000].map((count) => recommend(data(count)).batch);
    expect(batches((count) => images(28, 1, count))).toEqual([1, 2, 32, 64, 64]);
    expect(batches((count) => ({ ...points, count })).every((batch, i) => batch! <= [1, 3, 50, 100, 1000][i]!)).toBe(
      true,
    );
  });

  it("depends on nothing but the description", () => {
    expect(recommend(images(32, 3))).toEqual(recommend(images(32, 3)));
  });

  it.each([points, { ...points, shape: [5] }, ...[16, 28, 32, 48, 64, 128].flatMap((n) => [images(n), images(n, 3)])])(
    "gives a game that can be played for %j",
    (data) => {
      const game = gameFromConfig(full(data), { kind: data.kind, shape: data.shape });
      expect(game.generator.network.output).toEqual([game.batch, ...data.shape]);
      const inDiscriminator = game.discriminator.network.params.map(({ name }) => name);
      expect(inDiscriminator.filter((name) => /norm/i.test(name))).toEqual([]);
      expect(game.discriminator.network.shown.has("features")).toBe(true);
    },
  );
});
