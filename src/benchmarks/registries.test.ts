import { describe, expect, it } from "vitest";
import { parseConfig, totalSteps } from "../config/config.ts";
import { describeData } from "../config/recommended.ts";
import { metrics } from "../metrics/metrics.ts";
import { loadData } from "../run/config/unsized.ts";
import { usualExtractor } from "../run/evaluation/choose-extractor.ts";
import { metricName } from "../run/evaluation/evaluation.ts";
import { ConfigError } from "../util/errors.ts";
import { createFrom } from "../util/registry.ts";
import { recipesFor, requireRecipe, trialConfig, trialFingerprint } from "./benchmark-config.ts";
import { protocolName } from "./changes.ts";
import type { TrainingProtocol } from "./protocol.ts";
import { COVERAGE_STEP } from "./protocol.ts";
import { benchmarks, findProtocol, protocols, protocolsOf } from "./protocols.ts";
import { plainName, publishedTables } from "./published.ts";
import { findRecipe, recipes } from "./recipes.ts";

const trainings = protocols.filter((protocol): protocol is TrainingProtocol => protocol.runner === "training");
const labelled = trainings.map((protocol) => [`${protocol.benchmark} ${protocol.name}`, protocol] as const);

describe("the protocols", () => {
  it("have names that are one for a benchmark, and say what they are", () => {
    const names = protocols.map(({ benchmark, name }) => `${benchmark} ${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(benchmarks).toEqual(
      expect.arrayContaining(["ring", "grid", "spiral", "two-clusters", "five-gaussians", "mnist", "fashion-mnist"]),
    );
    for (const { summary, source } of protocols) {
      expect(summary).toMatch(/\.$/);
      expect(source.paper).toMatch(/, \d{4}$/);
    }
  });

  it("are found by name, the first where none is given, with a suggestion where there is none", () => {
    expect(findProtocol("ring").name).toBe("gantry-12k");
    expect(findProtocol("ring", "pacgan-like").trials).toBe(10);
    expect(() => protocolsOf("rign")).toThrow(/Did you mean "ring"/);
    expect(() => findProtocol("ring", "gantry-12")).toThrow(/Did you mean "gantry-12k"/);
  });

  it.each(labelled.filter(([, { sample }]) => sample.kind === "points"))(
    "%s describes its data",
    async (_, protocol) => {
      const { data } = parseConfig({ data: protocol.config.data, model: "mlp" });
      expect(describeData(await loadData({ data, seed: 0 }))).toEqual(protocol.sample);
    },
  );

  it.each(labelled)("%s has columns that its metrics fill", (_, { columns, evaluation, config, sample }) => {
    const extractor = usualExtractor(config.data.source, sample);
    const names = evaluation.metrics.map((name) => {
      const { uses } = createFrom("metric", metrics, { name });
      return metricName({
        metric: name,
        count: evaluation.samples,
        extractor: uses === "features" ? extractor : undefined,
      });
    });
    for (const { figure } of columns) {
      const watched = evaluation.watched === undefined ? [] : [COVERAGE_STEP];
      expect([...names, ...watched, "minutes"], figure).toContain(figure.split("/")[0]);
    }
  });

  it("stand beside published rows that fill some of their columns, and of which every figure has one", () => {
    for (const { published, columns, name } of protocols) {
      if (published === undefined) continue;
      const rows = publishedTables[published];
      const plain = columns.map(({ figure }) => plainName(figure));
      expect(rows?.length, name).toBeGreaterThan(0);
      for (const { figures } of rows!) for (const key of Object.keys(figures)) expect(plain).toContain(key);
    }
    const used = protocols.flatMap(({ published }) => published ?? []);
    expect(Object.keys(publishedTables).filter((name) => !used.includes(name))).toEqual([]);
  });
});

describe.each(labelled)("%s with every recipe", (_, protocol) => {
  it.each(recipes.map((recipe) => [recipe.name, recipe] as const))("%s", (_name, recipe) => {
    const config = trialConfig(protocol, recipe, { trial: 3, threads: 1 });
    // What the protocol fixes.
    expect(config).toMatchObject({ seed: 3, threads: 1, batch: protocol.config.batch, data: protocol.config.data });
    expect(config.model).toMatchObject(protocol.config.model);
    expect(totalSteps(config)).toBe(protocol.config.steps);
    // What the recipe sets.
    const { objective, penalties = [], packing = 1 } = recipe.layer(protocol);
    expect([config.objective.name, config.packing]).toEqual([objective, packing]);
    expect(config.penalties.map((penalty) => penalty.name)).toEqual(penalties.map((penalty) => penalty.name));
    expect(config.checkpoint.keep).toBe(1);
  });
});

describe("recipes", () => {
  it("are found by name, with a suggestion", () => {
    expect(findRecipe("pacgan2").title).toBe("PacGAN2");
    expect(() => findRecipe("recomended")).toThrow(/Did you mean "recommended"/);
  });

  it("keep the protocol's optimisers unless they have their own", () => {
    const ring = findProtocol("ring") as TrainingProtocol;
    const lr = (name: string) => trialConfig(ring, findRecipe(name), { trial: 0 }).optimizer.generator.lr;
    expect([lr("gan"), lr("sn-hinge"), lr("wgan-gp")]).toEqual([2e-3, 2e-3, 1e-4]);
    const penalty = trialConfig(ring, findRecipe("wgan-gp"), { trial: 0 }).penalties[0];
    expect(penalty).toMatchObject({ name: "wgan-gp", lambda: 0.1 });
    const digits = findProtocol("mnist") as TrainingProtocol;
    expect(trialConfig(digits, findRecipe("wgan-gp"), { trial: 0 }).penalties[0]).toMatchObject({ lambda: 10 });
    expect(trialConfig(digits, findRecipe("recommended"), { trial: 0 }).model).toMatchObject({
      norm: "none",
      latent: 100,
    });
  });

  it("of two clusters are its objectives", () => {
    const protocol = findProtocol("two-clusters");
    expect(recipesFor(protocol, recipes)).toEqual(["gan", "relativistic"]);
    expect(() => requireRecipe(protocol, "wgan-gp")).toThrow(/non-saturating|gan and relativistic/);
  });
});

describe("a change", () => {
  const protocol = findProtocol("ring") as TrainingProtocol;
  const gan = findRecipe("gan");

  it("takes the protocol's name away", () => {
    expect(protocolName(protocol, {})).toBe("gantry-12k");
    expect(protocolName(protocol, { set: [] })).toBe("gantry-12k");
    expect(protocolName(protocol, { steps: 40 })).toBe("gantry-12k (changed)");
    expect(protocolName(protocol, { set: ["batch=64"] })).toBe("gantry-12k (changed)");
  });

  it("and another seed or length are other trials, other threads or another device are not", () => {
    const print = (options: Parameters<typeof trialConfig>[2]) =>
      trialFingerprint(trialConfig(protocol, gan, options), protocol);
    const plain = print({ trial: 0, threads: 1 });
    expect(print({ trial: 0, threads: 2 })).toBe(plain);
    expect(print({ trial: 0 })).toBe(plain);
    expect(print({ trial: 0, device: "webgpu" })).toBe(plain);
    const others = [
      print({ trial: 1 }),
      print({ trial: 0, changes: { steps: 40 } }),
      print({ trial: 0, changes: { set: ["batch=64"] } }),
      trialFingerprint(trialConfig(protocol, gan, { trial: 0 }), {
        ...protocol,
        evaluation: { samples: 100, metrics: ["modes"] },
      }),
    ];
    expect(new Set([plain, ...others]).size).toBe(5);
  });

  it("is refused where it is no valid config", () => {
    expect(() => trialConfig(protocol, gan, { trial: 0, changes: { set: ["modle=dcgan"] } })).toThrow(ConfigError);
    expect(() => trialConfig(protocol, gan, { trial: 0, device: "gpu" })).toThrow(/device/);
  });
});
