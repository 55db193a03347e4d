/** @file Made-up trainings for the tests of health: what looks and ticks of a good training are like, and what is wrong with a bad one. */

import type { FailureCode } from "../../src/health/codes.ts";
import type { Facts, History, Null, Reading } from "../../src/health/history.ts";
import type { Finding, Occurrence, Response } from "../../src/health/supervisor/protocol.ts";
import { openSupervision, type Supervision, supervise } from "../../src/health/supervisor/supervisor.ts";
import { threefry2x32 } from "../../src/util/rng.ts";

/** Steps between two looks, looks, and ticks for each look. */
export const [EVERY, LOOKS, TICKS] = [50, 100, 2];

export const FACTS: Facts = {
  kind: "images",
  steps: EVERY * LOOKS,
  images: EVERY * LOOKS * 64,
  batch: 64,
  dataCount: 10_000,
  heldOut: 1000,
  lookSamples: 256,
  realScale: null,
  objective: "non-saturating",
  shiftFree: false,
  average: true,
};

const nullAt = (mean: number, sd: number): Null => ({
  mean,
  sd,
  low: mean - 3.3 * sd,
  high: mean + 3.3 * sd,
  pairs: 40,
});

/** Bins with the shares 1 : 2 : … : 2, not all alike. */
export const SHARES: readonly number[] = Array.from({ length: 20 }, (_, k) => (k < 10 ? 1 : 2) / 30);

export const NULLS: Readonly<Record<string, Null>> = {
  "diversity/samples": nullAt(1, 0.02),
  "diversity/features": nullAt(1, 0.05),
  "diversity/features/held-out": nullAt(1, 0.05),
  "duplicates/samples": nullAt(0, 0.002),
  "rank/samples": nullAt(1, 0.06),
  "scale/samples": nullAt(1, 0.02),
  "energy/samples": nullAt(0, 0.004),
  "bins/missing": nullAt(0.01, 0.01),
  "bins/different": nullAt(0.06, 0.05),
  "copying/ratio": nullAt(1, 0.05),
  "tell/best": nullAt(0.53, 0.02),
  ...Object.fromEntries(SHARES.map((share, k) => [`bins/fake/${k}`, nullAt(share, 0.01)])),
};

/** A stream of random numbers: uniform in 0..1, and standard normal. */
export function randomOf(seed: number) {
  const block = new Uint32Array(1024);
  let drawn = 0;
  const uniform = () => {
    if (drawn % block.length === 0) threefry2x32(seed, 0x4ea17, drawn, 0, block);
    return (block[drawn++ % block.length] as number) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** As many draws as `count` among bins of these shares. */
export function drawBins(shares: readonly number[], count: number, uniform: () => number): number[] {
  const counts = shares.map(() => 0);
  const sum = shares.reduce((total, share) => total + share, 0);
  for (let i = 0; i < count; i++) {
    let left = uniform() * sum;
    let k = 0;
    while (k < shares.length - 1 && left >= (shares[k] as number)) left -= shares[k++] as number;
    counts[k]!++;
  }
  return counts;
}

/** Share of the reals in bins with less than a quarter of the fakes that they should hold. */
export function missingIn(counts: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return SHARES.reduce((missing, share, k) => missing + ((counts[k] as number) < 0.25 * share * total ? share : 0), 0);
}

/** A look, while it is made. */
export interface LookDraft {
  values: Record<string, number>;
  vectors: Record<string, number[]>;
}

/** What one look is, as a change of a good training's. `t` is 0 at the first look and 1 at the last. */
export type Change = (look: LookDraft, t: number, random: ReturnType<typeof randomOf>) => void;

/** A training as good as those of tests on MNIST: samples begin grey, and are never quite as good as reals. */
export function training(
  options: {
    readonly seed?: number;
    readonly looks?: number;
    readonly facts?: Partial<Facts>;
    readonly look?: Change;
    readonly tick?: (values: Record<string, number>, t: number) => void;
    readonly nulls?: History["nulls"];
  } = {},
): History {
  const random = randomOf(options.seed ?? 0);
  const { normal, uniform } = random;
  const looks: Reading[] = [];
  const scalars: Reading[] = [];
  const count = options.looks ?? LOOKS;
  for (let i = 0; i < count * TICKS; i++) {
    const step = ((i + 1) * EVERY) / TICKS;
    const values: Record<string, number> = {
      "loss/generator": 1.2 + 0.1 * normal(),
      "loss/discriminator": 0.9 + 0.05 * normal(),
      "gradient/generator": 0.5 * Math.exp(0.2 * normal()),
      "gradient/discriminator": 0.8 * Math.exp(0.3 * normal()),
      "update/generator": 2e-3,
      "update/discriminator": 2e-3,
    };
    options.tick?.(values, i / (LOOKS * TICKS - 1));
    scalars.push({ step, images: step * 64, values });
  }
  const start = [normal(), normal(), normal()];
  for (let i = 0; i < count; i++) {
    const t = i / (LOOKS - 1);
    const young = Math.exp(-t / 0.06);
    const counts = drawBins(
      SHARES.map((share, k) => share * (1 + 0.3 * Math.sin(k))),
      256,
      uniform,
    );
    const look: LookDraft = {
      values: {
        "diversity/samples": 0.95 - 0.85 * young + 0.03 * normal(),
        "diversity/features": 0.85 - 0.7 * young + 0.06 * normal(),
        "duplicates/samples": young > 0.5 ? 0.02 : 0,
        "rank/samples": 0.8 - 0.5 * young + 0.06 * normal(),
        "scale/samples": 0.96 - 0.8 * young + 0.02 * normal(),
        "energy/samples": 0.025 + 0.45 * young + 0.005 * normal(),
        "energy/average": 0.02 + 0.45 * young + 0.004 * normal(),
        "bins/missing": missingIn(counts),
        "bins/different": 0.4 + 0.06 * normal(),
        "copying/ratio": 0.95 + 0.06 * normal(),
        "auc/fake": Math.min(1, 0.88 + 0.02 * normal()),
        "auc/held-out": 0.53 + 0.03 * normal(),
        "overfit/gap": 0.05 + 0.03 * normal(),
        "signal/generator": 0.7 + 0.05 * normal(),
        "spectral/generator": 3 + t,
        "spectral/discriminator": 4 + 2 * t,
        "tell/minimum": 0.6 + 0.4 * young,
        "tell/border": 0.7 + 0.3 * young,
      },
      vectors: {
        "bins/fake": counts,
        "sketch/generator": start.map((value, c) => value + t * (c + 1) + 0.02 * normal()),
      },
    };
    const { "energy/samples": far, "energy/average": average } = look.values;
    options.look?.(look, t, random);
    // The average is as bad as the trained weights, where a test says nothing else.
    const isSame = look.values["energy/average"] === average && look.values["energy/samples"] !== far;
    if (isSame && "energy/samples" in look.values)
      look.values["energy/average"] = look.values["energy/samples"] as number;
    const step = (i + 1) * EVERY;
    looks.push({ step, images: step * 64, values: look.values, vectors: look.vectors });
  }
  const facts = { ...FACTS, ...options.facts };
  return { facts, nulls: options.nulls ?? NULLS, scalars, looks, metrics: [], trials: [] };
}

/** The occurrences of a history, in the order of time; ticks before the look of the same step. */
export function occurrencesIn(history: History): Occurrence[] {
  const { facts, nulls, scalars, looks, metrics } = history;
  const timed = [
    ...scalars.map((reading): Occurrence => ({ kind: "scalars", reading })),
    ...metrics.map((reading): Occurrence => ({ kind: "metric", reading })),
    ...looks.map((reading): Occurrence => ({ kind: "look", reading })),
  ] as (Occurrence & { readonly reading: Reading })[];
  timed.sort((a, b) => a.reading.step - b.reading.step);
  return [{ kind: "baseline", facts, nulls }, ...timed];
}

/** What a training's counterfactuals find, when the supervisor asks. Null: it is never told. */
export type Trials = (of: Extract<Response, { kind: "try" }>["trial"], look: Reading) => Record<string, number> | null;

/** What was asked for, and when. */
export type Timed = Response & { readonly step: number };

/** Feeds occurrences to the supervisor, and tries what it asks to try. */
export function watchOver(
  occurrences: readonly Occurrence[],
  trials: Trials = () => null,
  from: Supervision = openSupervision(),
): { readonly supervision: Supervision; readonly responses: readonly Timed[] } {
  let supervision = from;
  const responses: Timed[] = [];
  const take = (occurrence: Occurrence): void => {
    const after = supervise(supervision, occurrence);
    supervision = after.supervision;
    const reading = "reading" in occurrence ? occurrence.reading : undefined;
    for (const response of after.responses) {
      responses.push({ ...response, step: reading?.step ?? 0 });
      if (response.kind !== "try" || reading === undefined) continue;
      const values = trials(response.trial, reading);
      if (values) take({ kind: "trial", of: response.trial, reading: { ...reading, values } });
    }
  };
  occurrences.forEach(take);
  return { supervision, responses };
}

/** The states that a training went through, such as `failing mode-collapse`. */
export const states = (responses: readonly Timed[]) =>
  responses.flatMap((response) =>
    response.kind === "health" ? [`${response.state} ${response.code ?? ""}`.trim()] : [],
  );

/** The failure that was first called failing, and the finding. */
export function firstCall(responses: readonly Timed[]): { code: FailureCode; finding: Finding; step: number } | null {
  for (const response of responses) {
    if (response.kind === "finding" && response.finding.level === "failing") {
      return { code: response.finding.code, finding: response.finding, step: response.step };
    }
  }
  return null;
}
