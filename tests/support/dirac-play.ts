/** @file The Dirac game played by hand: optimisers on two numbers, and every order of moves. Nothing here knows the library. */

import {
  gradients,
  type Memory,
  type ObjectiveTheory,
  type PenaltyTheory,
  type Point,
  unrolledPull,
} from "./dirac-theory.ts";

/** An optimiser of one number, with its memory: the update for a gradient where the number is. */
export type Stepper = (gradient: number, at: number) => number;

/** Plain descent with momentum (Sutskever et al., 2013; the rate multiplies the velocity when it is applied). */
export function handSgd(momentum = 0, nesterov = false): Stepper {
  let velocity = 0;
  return (gradient) => {
    velocity = momentum * velocity + gradient;
    return nesterov ? gradient + momentum * velocity : velocity;
  };
}

/** Kingma and Ba (2015), Algorithm 1, with Loshchilov and Hutter's (2019) decay. */
export function handAdam(beta1: number, beta2: number, epsilon: number, decay = 0): Stepper {
  let [m, v, t] = [0, 0, 0];
  return (gradient, at) => {
    t++;
    m = beta1 * m + (1 - beta1) * gradient;
    v = beta2 * v + (1 - beta2) * gradient ** 2;
    return m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon) + decay * at;
  };
}

/** Tieleman and Hinton (2012). */
export function handRmsprop(decay: number, epsilon: number): Stepper {
  let mean = 0;
  return (gradient) => {
    mean = decay * mean + (1 - decay) * gradient ** 2;
    return gradient / (Math.sqrt(mean) + epsilon);
  };
}

/** Daskalakis et al. (2018): 2 u_t − u_{t−1}. */
export function handOptimistic(inner: Stepper): Stepper {
  let before = 0;
  return (gradient, at) => {
    const update = inner(gradient, at);
    const out = 2 * update - before;
    before = update;
    return out;
  };
}

/** Limits the gradient to ±limit; of one number, the norm is the size. */
export const handClip =
  (inner: Stepper, limit: number): Stepper =>
  (gradient, at) =>
    inner(Math.min(limit, Math.max(-limit, gradient)), at);

/** What is done with both numbers after a move: limits, slow weights. `look` is for numbers that are only looked at. */
export interface Settling {
  readonly after: (moved: number, before: number) => number;
  readonly look: (moved: number) => number;
}

const plain: Settling = { after: (moved) => moved, look: (moved) => moved };

/** Clips to ±limit (Arjovsky, Chintala and Bottou, 2017). */
export const handWeightClip = (limit: number): Settling => {
  const clamp = (x: number) => Math.min(limit, Math.max(-limit, x));
  return { after: clamp, look: clamp };
};

/** Slow weights (Zhang et al., 2019). */
export function handLookahead(steps: number, share: number): Settling {
  let [slow, count]: [number | undefined, number] = [undefined, 0];
  return {
    look: (moved) => moved,
    after(fast, before) {
      slow ??= before;
      if (++count % steps !== 0) return fast;
      slow += share * (fast - slow);
      return slow;
    },
  };
}

/** One player's way of learning. */
export interface HandPlayer {
  readonly rate: number;
  readonly stepper?: Stepper;
  readonly settling?: Settling;
}

/** A game to be played by hand. */
export interface HandGame {
  readonly objective: ObjectiveTheory;
  readonly penalties?: readonly PenaltyTheory[];
  readonly mode: "alternating" | "simultaneous" | "extragradient";
  readonly players: { readonly generator: HandPlayer; readonly discriminator: HandPlayer };
  readonly start: Point;
  /** Discriminator and generator moves of a step. */
  readonly ratio?: readonly [number, number];
  readonly unroll?: { readonly steps: number; readonly rate: number; readonly gamma: number };
  /** Replaces the gradients, where they depend on what was drawn: `half` is `step` for the first evaluation, then `answer`. */
  readonly field?: (at: Point, phase: number, half: "step" | "answer") => Point;
}

/** Plays `steps` steps and gives where the players are after each of their moves, or pairs of moves. */
export function handPlay(game: HandGame, steps: number): Point[] {
  const { objective, penalties = [], mode, players, unroll, ratio: [n, m] = [1, 1] } = game;
  const theta = { stepper: handSgd(), settling: plain, ...players.generator };
  const psi = { stepper: handSgd(), settling: plain, ...players.discriminator };
  const terms = penalties.map((theory) => ({ theory, memory: theory.memory ?? ({} as Memory) }));
  let at = game.start;
  let phase = 0;

  const pull = (where: Point, half: "step" | "answer" = "step"): Point => {
    const both = game.field?.(where, phase, half) ?? gradients(where, objective, terms);
    return unroll === undefined ? both : { ...both, theta: unrolledPull(where, objective, unroll) };
  };
  /** Penalties of `player` have seen `where`. */
  const remember = (player: string, where: Point) => {
    for (const term of terms) {
      if (term.theory.player === player) term.memory = term.theory.remember?.(term.memory, where) ?? term.memory;
    }
  };
  const moveTheta = (gradient: number) => {
    const moved = at.theta - theta.rate * theta.stepper(gradient, at.theta);
    at = { ...at, theta: theta.settling.after(moved, at.theta) };
  };
  const movePsi = (gradient: number) => {
    const moved = at.psi - psi.rate * psi.stepper(gradient, at.psi);
    at = { ...at, psi: psi.settling.after(moved, at.psi) };
  };
  const moveBoth = () => {
    const here = pull(at);
    const before = at;
    if (mode === "extragradient") {
      const ahead = {
        theta: theta.settling.look(at.theta - theta.rate * theta.stepper(here.theta, at.theta)),
        psi: psi.settling.look(at.psi - psi.rate * psi.stepper(here.psi, at.psi)),
      };
      const there = pull(ahead);
      moveTheta(there.theta);
      movePsi(there.psi);
    } else {
      moveTheta(here.theta);
      movePsi(here.psi);
    }
    remember("discriminator", before);
    remember("generator", before);
  };
  const moveInTurn = (first: boolean, second: boolean) => {
    if (first) {
      const before = at;
      movePsi(pull(at).psi);
      remember("discriminator", before);
    }
    if (second) {
      const before = at;
      moveTheta(pull(at, first ? "answer" : "step").theta);
      remember("generator", before);
    }
  };

  const out: Point[] = [];
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < Math.max(n, m); i++) {
      const [first, second] = [i < n, i >= Math.max(n, m) - m];
      if (mode !== "alternating" && first && second) moveBoth();
      else moveInTurn(first, second);
      phase++;
      out.push(at);
    }
  }
  return out;
}
