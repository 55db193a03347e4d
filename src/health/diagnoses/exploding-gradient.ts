/** @file Exploding gradient: gradients or weights that grow, and grow on. */

import { median } from "../../util/averages.ts";
import type { Diagnosis, Suspicion } from "../diagnosis.ts";
import { plain, plainRow, suspect } from "../evidence/evidence.ts";
import { isStuck } from "../evidence/quality.ts";
import { energies, finiteSeries } from "../evidence/trends.ts";
import type { History, Point } from "../history.ts";

/** A gradient that is so many times the median of the ticks before, for so many ticks, and at its end no less than at its beginning. */
const [TIMES, TICKS_TO_WATCH, TICKS_TO_ACT] = [10, 3, 5];

/** Ticks before that make the median: a slow drift, as of a critic that learns, moves it along. */
const [BEFORE, FEWEST_BEFORE] = [40, 10];

/** A growth by half from one look to the next; from so many looks in a row the layer's growth is called an explosion. A discriminator's
 * largest singular values jump, and come back, dozens of times in a healthy training (Brock et al., 2019), so more is asked of them. */
const GROWTH = 1.5;
const LOOKS_OF_GROWTH = { generator: 3, discriminator: 5 } as const;

/** How many times the limit is as bad as it gets, for the confidence. */
const WORST = 100;

const PLAYERS = ["generator", "discriminator"] as const;
type Player = (typeof PLAYERS)[number];

interface Growth {
  readonly player: Player;
  readonly signal: string;
  readonly level: Suspicion["level"];
  readonly first: Point;
  readonly last: Point;
  /** What it was before. */
  readonly before: number;
}

/** The ticks at the end whose gradients are all far above what they were before. */
function growthOfGradient(history: History, player: Player): Growth | null {
  const signal = `gradient/${player}`;
  const points = finiteSeries(history.scalars, signal);
  const values = points.map(({ value }) => value);
  for (let start = Math.max(FEWEST_BEFORE, points.length - BEFORE); start <= points.length - TICKS_TO_WATCH; start++) {
    const before = median(values.slice(Math.max(0, start - BEFORE), start));
    const run = points.slice(start);
    if (!(before > 0) || run.some(({ value }) => value < TIMES * before)) continue;
    const [first, last] = [run[0] as Point, run.at(-1) as Point];
    const grows = median(values.slice(-TICKS_TO_WATCH)) > GROWTH * median(values.slice(start, start + TICKS_TO_WATCH));
    return { player, signal, level: run.length >= TICKS_TO_ACT && grows ? "failing" : "watch", first, last, before };
  }
  return null;
}

/**
 * A gradient that has grown, however slowly, to so many times what it was at first, while the other player's has to so many; and grows still.
 * A critic's gradients of hundreds are no failure; gradients that nothing bounds are.
 */
const [FAR_GROWN, ALSO_GROWN] = [100, 10];

/** Ticks at the beginning that are passed over, and ticks whose median is compared. */
const [PASSED, COMPARED] = [10, 10];

/**
 * It grows still when it is so many times what it was half-way, in so many medians in a row at the end. Of a gradient that stands, one median of
 * ten ticks may be so large by chance, but hardly three.
 */
const [STILL_GROWS, IN_A_ROW] = [1.25, 3];

/** The median in the fifth of the steps around half-way. */
function halfWay(points: readonly Point[]): number {
  const [start, end] = [points[0]?.step ?? 0, points.at(-1)?.step ?? 0];
  const isThere = ({ step }: Point) => Math.abs((step - start) / (end - start) - 0.5) <= 0.1;
  return median(points.filter(isThere).map(({ value }) => value));
}

function growthWithoutEnd(history: History): Growth | null {
  const all = PLAYERS.map((player) => {
    const signal = `gradient/${player}`;
    const points = finiteSeries(history.scalars, signal);
    const middle = (from: number, to?: number) => median(points.slice(from, to).map(({ value }) => value));
    const before = middle(PASSED, PASSED + COMPARED);
    const now = middle(-COMPARED);
    const latest = Array.from({ length: IN_A_ROW }, (_, i) =>
      middle(-(i + 1) * COMPARED, points.length - i * COMPARED),
    );
    const least = STILL_GROWS * halfWay(points);
    const grows = points.length >= PASSED + (2 + IN_A_ROW) * COMPARED && latest.every((value) => value > least);
    const first = points.find(({ value }) => value > FAR_GROWN * before);
    return { player, signal, before, points, first, times: grows ? now / before : 0 };
  });
  const [most, least] = all.sort((a, b) => b.times - a.times);
  if (!most?.first || !least || !(most.times > FAR_GROWN && least.times > ALSO_GROWN)) return null;
  const { player, signal, before, first, points } = most;
  return { player, signal, level: "failing", first, last: points.at(-1) as Point, before };
}

/** A layer's largest singular value that grows by half and more from look to look. */
function growthOfWeights(history: History, player: Player): Growth | null {
  const signal = `spectral/${player}`;
  const points = finiteSeries(history.looks, signal);
  let count = 0;
  for (let i = points.length - 1; i > 0; i--) {
    if (!((points[i] as Point).value > GROWTH * (points[i - 1] as Point).value)) break;
    count++;
  }
  if (count < 2) return null;
  const start = points[points.length - 1 - count] as Point;
  const level = count >= LOOKS_OF_GROWTH[player] ? "failing" : "watch";
  return {
    player,
    signal,
    level,
    first: points[points.length - count] as Point,
    last: points.at(-1) as Point,
    before: start.value,
  };
}

export const explodingGradient: Diagnosis = {
  code: "exploding-gradient",
  title: "Exploding gradient",
  summary: "Gradients or weights grow, and grow on.",
  symptom:
    "Losses and gradients become larger from tick to tick, samples turn into noise or flat colours, and in the end there is NaN.",
  cause:
    "Nothing bounds the discriminator's slope, or a learning rate is too high: each step overshoots and makes the next gradient larger. " +
    "Wasserstein's losses without a penalty or clipping can only grow.",
  toldFrom: [
    { code: "numerical-divergence", by: "numbers are not finite any more" },
    { code: "oscillation", by: "what grows comes back" },
  ],
  signals: [
    "gradient/generator",
    "gradient/discriminator",
    "spectral/generator",
    "spectral/discriminator",
    "energy/samples",
  ],
  enough: [["gradient/generator"], ["gradient/discriminator"], ["spectral/generator"], ["spectral/discriminator"]],
  remedies: ["recommended-game", "slower", "spectral-norm", "r1-r2", "clip-gradients", "lower-momentum"],
  references: [
    "Brock, Donahue and Simonyan, Large Scale GAN Training for High Fidelity Natural Image Synthesis, 2019",
    "Gulrajani et al., Improved Training of Wasserstein GANs, 2017",
    "Miyato et al., Spectral Normalization for Generative Adversarial Networks, 2018",
  ],
  decide(history) {
    // Samples that still get better, or are as good as reals, speak against a short growth, but not against one without end. Where
    // looks will say how samples are, too few looks are waited for: gradients that have only begun may well grow.
    const stuck = energies(history).length > 0 ? isStuck(history) : true;
    if (stuck === null) return null;
    const short = stuck ? PLAYERS : [];
    const found = [
      growthWithoutEnd(history),
      ...short.flatMap((player) => [growthOfGradient(history, player), growthOfWeights(history, player)]),
    ]
      .filter((growth): growth is Growth => growth !== null)
      .sort((a, b) => Number(b.level === "failing") - Number(a.level === "failing"));
    const [worst] = found;
    if (worst === undefined) return null;
    const rows = found.map(({ player, signal, last, before }) => {
      const what = signal.startsWith("spectral") ? "largest singular value of a layer" : "gradient";
      const times = plain(last.value / before);
      const allowed = signal.startsWith("spectral") ? GROWTH * before : TIMES * before;
      return plainRow(signal, last.value, `the ${player}'s ${what} is ${times} times what it was`, null, allowed);
    });
    const size = Math.log(worst.last.value / worst.before) / Math.log(TIMES * WORST);
    const earliest = found.reduce((a, b) => (b.first.step < a.first.step ? b : a)).first;
    return suspect(history, "exploding-gradient", { level: worst.level, first: { ...earliest, values: {} } }, rows, [
      Math.min(1, size),
    ]);
  },
};
