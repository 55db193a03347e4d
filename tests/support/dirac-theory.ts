/**
 * @file What theory says of the Dirac game, by hand: nothing here knows the library.
 *
 * The game (Mescheder, Geiger and Nowozin, 2018): every real is 0, every fake θ, and D(x) = ψ x. So reals get the logit 0
 * whatever ψ is, fakes s = ψ θ, and both losses are functions of s alone: φ(s) for the discriminator, χ(s) for the generator.
 * By the chain rule ∂φ/∂ψ = φ'(s) θ and ∂χ/∂θ = χ'(s) ψ. The equilibrium is θ = ψ = 0, and there the derivatives of the
 * two gradients are, in the order (θ, ψ),
 *
 *     M = | 0        −a_G |      a_D = φ'(0), a_G = −χ'(0)
 *         | a_D       0   |
 *
 * with eigenvalues ±i √(a_D a_G): the players circle. Penalties and looking ahead add to M.
 */

import type { Matrix } from "./complex.ts";

/** Where the players are; or a gradient, each player's of its own loss. */
export interface Point {
  readonly theta: number;
  readonly psi: number;
}

/** First and second derivative of a loss as a function of the fakes' logit s. */
export interface Curve {
  readonly slope: (s: number) => number;
  readonly bend: (s: number) => number;
}

/** An objective on the Dirac game. */
export interface ObjectiveTheory {
  readonly options?: object;
  readonly discriminator: Curve;
  readonly generator: Curve;
  /** c where the generator's loss has a term c/2 θ² beside: what compares samples, or features that are the samples. */
  readonly spring?: number;
}

/**
 * Rows of the registries that the game cannot hold, because they need what it has not (images, classes, a network that shows
 * more) or draw at random what moves the players, each with what proves it instead.
 */
export const outside: Readonly<Record<string, string>> = {
  consistency: "its pull is as random as its jitter: by its mean in dirac-dynamics.test.ts; consistency.test.ts",
  "balanced-consistency":
    "its pull is as random as its jitter: by its mean in dirac-dynamics.test.ts; consistency.test.ts",
  "path-length": "it asks for a generator with styles: stylegan.test.ts and golden/stylegan.test.ts",
};

const sigma = (s: number) => 1 / (1 + Math.exp(-s));
const bell = (s: number) => sigma(s) * sigma(-s);
const line = (slope: number): Curve => ({ slope: () => slope, bend: () => 0 });
/** Of weight · log(1 + e^s). */
const softplus = (weight = 1): Curve => ({ slope: (s) => weight * sigma(s), bend: (s) => weight * bell(s) });
/** Of weight · log(1 + e^−s). */
const softplusDown = (weight = 1): Curve => ({ slope: (s) => -weight * sigma(-s), bend: (s) => weight * bell(s) });
/** Of ½(s − centre)². */
const parabola = (centre: number): Curve => ({ slope: (s) => s - centre, bend: () => 1 });

/** Every objective of the registry, at one or more choices of its options. */
export const objectiveTheory: Readonly<Record<string, readonly ObjectiveTheory[]>> = {
  minimax: [{ discriminator: softplus(), generator: softplus(-1) }],
  "non-saturating": [{ discriminator: softplus(), generator: softplusDown() }],
  // D can say nothing but 0 of the reals. With labels 0 and 1 it has no pull at the equilibrium (a_D = 0), with −1, 1 and 0
  // the generator has none (a_G = 0): M is nilpotent, every radius 1.
  "least-squares": [
    { discriminator: parabola(0), generator: parabola(1) },
    {
      options: { fakeLabel: -1, realLabel: 1, target: 0 },
      discriminator: parabola(-1),
      generator: parabola(0),
    },
  ],
  wasserstein: [{ discriminator: line(1), generator: line(-1) }],
  hinge: [{ discriminator: { slope: (s) => (s > -1 ? 1 : 0), bend: () => 0 }, generator: line(-1) }],
  // Reals have the logit 0, so r − f = −s.
  relativistic: [{ discriminator: softplus(), generator: softplusDown() }],
  // Both halves of the sum are the same, hence twice.
  "relativistic-average": [{ discriminator: softplus(2), generator: softplusDown(2) }],
  // D's features are its input: the generator descends on (θ − 0)² and asks D nothing.
  "feature-matching": [
    { discriminator: softplus(), generator: line(0), spring: 2 },
    { options: { adversarial: 0.5 }, discriminator: softplus(), generator: softplusDown(0.5), spring: 2 },
  ],
};

/** The pull of each objective at the equilibrium. */
export const pullAtRest = ({ discriminator, generator }: ObjectiveTheory) => ({
  discriminator: discriminator.slope(0),
  generator: -generator.slope(0),
});

/** What a penalty remembers. */
export type Memory = Readonly<Record<string, number>>;

/** A penalty on the Dirac game. */
export interface PenaltyTheory {
  readonly options: object;
  readonly player: "generator" | "discriminator" | "both";
  /** What it adds to the gradients. */
  readonly gradient: (at: Point, objective: ObjectiveTheory, memory: Memory) => Partial<Point>;
  /** What it adds to M; undefined where its gradient jumps at the equilibrium and there is no M. */
  readonly matrix?: (a: ReturnType<typeof pullAtRest>) => Matrix;
  readonly memory?: Memory;
  readonly remember?: (memory: Memory, at: Point) => Memory;
  /** Carried numbers under which the derivative at the equilibrium is taken, by the names of the state. */
  readonly held?: Readonly<Record<string, number>>;
}

const nothing: Matrix = [
  [0, 0],
  [0, 0],
];
const onTheta = (x: number): Matrix => [
  [x, 0],
  [0, 0],
];
const onPsi = (x: number): Matrix => [
  [0, 0],
  [0, x],
];

/** weight · ψ added to the discriminator's gradient: whatever is weight/2 ψ². D's slope is ψ everywhere. */
const spring = (options: object, weight: number): PenaltyTheory => ({
  options,
  player: "discriminator",
  gradient: ({ psi }) => ({ psi: weight * psi }),
  matrix: () => onPsi(weight),
});

/** λ(√(ψ² + 10⁻¹²) − 1)²: drives ψ to ±1, where the generator is never at rest. The gradient jumps at ψ = 0. */
const oneCentred = (lambda: number): PenaltyTheory => ({
  options: { lambda },
  player: "discriminator",
  gradient({ psi }) {
    const norm = Math.sqrt(psi ** 2 + 1e-12);
    return { psi: (2 * lambda * (norm - 1) * psi) / norm };
  },
});

const without = (player: PenaltyTheory["player"], options: object = {}): PenaltyTheory => ({
  options,
  player,
  gradient: () => ({}),
  matrix: () => nothing,
});

/** Half the squared length of both objectives' gradients, N = ½(χ'(s)² ψ² + φ'(s)² θ²), differentiated by both. */
function consensusPull({ theta, psi }: Point, { discriminator, generator }: ObjectiveTheory): Point {
  const s = psi * theta;
  const [g, d] = [generator.slope(s), discriminator.slope(s)];
  const [gg, dd] = [g * generator.bend(s), d * discriminator.bend(s)];
  return {
    theta: gg * psi ** 3 + dd * psi * theta ** 2 + d ** 2 * theta,
    psi: gg * theta * psi ** 2 + g ** 2 * psi + dd * theta ** 3,
  };
}

const consensus = (gamma: number): PenaltyTheory => ({
  options: { gamma },
  player: "both",
  gradient(at, objective) {
    const { theta, psi } = consensusPull(at, objective);
    return { theta: gamma * theta, psi: gamma * psi };
  },
  matrix: (a) => [
    [gamma * a.discriminator ** 2, 0],
    [0, gamma * a.generator ** 2],
  ],
});

/** The mean logits' averages are those after this batch, held still: λ max(0, ᾱ_R − s)² is all that depends on ψ. */
const lecam = (lambda: number, decay: number): PenaltyTheory => {
  const remember = ({ real, fake }: Memory, { theta, psi }: Point) => ({
    real: decay * real!,
    fake: decay * fake! + (1 - decay) * psi * theta,
  });
  return {
    options: { lambda, decay },
    player: "discriminator",
    gradient: (at, _, memory) => {
      const { real } = remember(memory, at);
      return { psi: -2 * lambda * Math.max(0, real! - at.psi * at.theta) * at.theta };
    },
    // Of third order.
    matrix: () => nothing,
    memory: { real: 0, fake: 0 },
    remember,
  };
};

/** λ(θ − θ̄)², θ̄ the mean of all θ so far, this one included, held still. */
const historicalAveraging = (lambda: number): PenaltyTheory => {
  const remember = ({ mean, count }: Memory, { theta }: Point) => ({
    mean: mean! + (theta - mean!) / (count! + 1),
    count: count! + 1,
  });
  const values = 1000;
  return {
    options: { lambda },
    player: "generator",
    gradient: (at, _, memory) => ({ theta: 2 * lambda * (at.theta - remember(memory, at).mean!) }),
    // After many values at rest, one displaced θ moves the mean by its share of them.
    matrix: () => onTheta(2 * lambda * (1 - 1 / (values + 1))),
    memory: { mean: 0, count: 0 },
    remember,
    held: { "penalty/historical-averaging/generator/count": values },
  };
};

/** Every penalty of the registry, at one or more choices of its options. */
export const penaltyTheory: Readonly<Record<string, readonly PenaltyTheory[]>> = {
  r1: [0.25, 1, 10].map((gamma) => spring({ gamma }, gamma)),
  r2: [spring({ gamma: 0.5 }, 0.5)],
  "zero-gp": [spring({ lambda: 0.25 }, 0.5)],
  "wgan-gp": [oneCentred(0.5)],
  dragan: [oneCentred(0.25)],
  lecam: [lecam(0.5, 0.75)],
  // The generator makes one point whatever the latents are: nothing is apart, and nothing could be.
  "mode-seeking": [without("generator")],
  "latent-consistency": [without("both")],
  consensus: [consensus(0.25), consensus(1)],
  l1: [
    {
      options: { lambda: 0.125 },
      player: "discriminator",
      gradient: ({ psi }) => ({ psi: 0.125 * Math.sign(psi) }),
    },
  ],
  l2: [spring({ lambda: 0.25 }, 0.5), { ...spring({ lambda: 0.25, player: "generator" }, 0), ...onGenerator(0.5) }],
  // One weight has no direction to share.
  orthogonal: [without("generator")],
  "historical-averaging": [historicalAveraging(0.25)],
};

/** weight · θ added to the generator's gradient. */
function onGenerator(weight: number) {
  return {
    player: "generator" as const,
    gradient: ({ theta }: Point) => ({ theta: weight * theta }),
    matrix: () => onTheta(weight),
  };
}

/** Both players' gradients where they are, penalties included. */
export function gradients(
  at: Point,
  objective: ObjectiveTheory,
  penalties: readonly { readonly theory: PenaltyTheory; readonly memory: Memory }[] = [],
): Point {
  const s = at.psi * at.theta;
  const terms = penalties.map(({ theory, memory }) => theory.gradient(at, objective, memory));
  return {
    theta: terms.reduce(
      (sum, { theta = 0 }) => sum + theta,
      objective.generator.slope(s) * at.psi + (objective.spring ?? 0) * at.theta,
    ),
    psi: terms.reduce((sum, { psi = 0 }) => sum + psi, objective.discriminator.slope(s) * at.theta),
  };
}

/** M: the derivatives of both gradients at the equilibrium, rows and columns (θ, ψ). */
export function matrixAtRest(objective: ObjectiveTheory, penalties: readonly PenaltyTheory[] = []): Matrix {
  const a = pullAtRest(objective);
  const parts = penalties.map((theory) => theory.matrix!(a));
  const at = (i: 0 | 1, j: 0 | 1) => parts.reduce((sum, part) => sum + part[i]![j]!, 0);
  return [
    [at(0, 0) + (objective.spring ?? 0), at(0, 1) - a.generator],
    [at(1, 0) + a.discriminator, at(1, 1)],
  ];
}

/**
 * The generator's gradient through k further discriminator updates of plain descent at rate η, each with the pull γ ψ of
 * R1: ψ ← ψ − η(φ'(ψθ) θ + γ ψ). Beside ψ the recursion carries dψ/dθ; at the end d/dθ χ(ψ_k θ) = χ'(ψ_k θ)(ψ_k + θ ψ_k').
 */
export function unrolledPull(
  { theta, psi }: Point,
  { discriminator, generator }: ObjectiveTheory,
  { steps, rate, gamma }: { readonly steps: number; readonly rate: number; readonly gamma: number },
): number {
  let [ahead, byTheta] = [psi, 0];
  for (let i = 0; i < steps; i++) {
    const s = ahead * theta;
    const bend = discriminator.bend(s) * (byTheta * theta + ahead);
    byTheta -= rate * (bend * theta + discriminator.slope(s) + gamma * byTheta);
    // byTheta used the logit before the update, as it must.
    ahead -= rate * (discriminator.slope(s) * theta + gamma * ahead);
  }
  return generator.slope(ahead * theta) * (ahead + theta * byTheta);
}

/**
 * The row of M for the generator through that unrolling: to first order ψ_k = ρ^k ψ − η a_D S θ with ρ = 1 − η γ and
 * S = 1 + ρ + … + ρ^(k−1), and dψ_k/dθ = −η a_D S, so that the gradient is −a_G ρ^k ψ + 2 η a_G a_D S θ.
 */
export function unrolledRow(
  a: ReturnType<typeof pullAtRest>,
  { steps, rate, gamma }: { readonly steps: number; readonly rate: number; readonly gamma: number },
): readonly [number, number] {
  const rho = 1 - rate * gamma;
  const sum = Array.from({ length: steps }, (_, i) => rho ** i).reduce((x, y) => x + y, 0);
  return [2 * rate * a.generator * a.discriminator * sum, -a.generator * rho ** steps];
}
