/** @file Runs the phases of a game: compiles each kind of phase once, draws its noise, feeds it; a carrier keeps the state. */

import type { Backend, HostArray } from "../../../backend/backend.ts";
import type { Game } from "../../../gan/game/game.ts";
import { gameState } from "../../../gan/game/game-state.ts";
import { type Phase, phaseKey } from "../../../gan/step/phases.ts";
import { type StepProgram, traceStep } from "../../../gan/step/step.ts";
import type { RandomSpec, ScalarSpec } from "../../../gan/step/trace.ts";
import { sizeOf } from "../../../graph/ops.ts";
import { optimize } from "../../../passes/pipeline.ts";
import { fillBernoulli, fillNormal, fillUniform, streamKey } from "../../../util/rng.ts";
import { StateStore } from "../../store/state-store.ts";
import { type Advance, type Carrier, DeviceCarrier, HostCarrier, lendsMemory } from "./carrier.ts";

/** What is fed at a phase beside state and noise. */
export interface StepFeeds {
  /** The batch of reals. */
  readonly real: HostArray;
  /** Its one-hot labels, [B, K], for a conditional game. */
  readonly labels?: Float32Array;
  /** Numbers the batch and the noise. */
  readonly draw: number;
  /** The value of a fed number. */
  readonly scalar: (spec: ScalarSpec) => number;
}

interface CompiledPhase {
  readonly program: StepProgram;
  /** Feeds the state and what it is given, and takes over the new state. */
  readonly advance: Advance;
  readonly noise: readonly { readonly spec: RandomSpec; readonly values: Float32Array | Uint8Array }[];
}

/** Fills `values` with the noise of `spec` for draw number `draw`. */
export function drawNoise(seed: number, spec: RandomSpec, draw: number, values: Float32Array | Uint8Array): void {
  const key = streamKey(seed, spec.name);
  if (values instanceof Uint8Array) {
    fillBernoulli(key, draw, spec.distribution.kind === "bernoulli" ? spec.distribution.p : 0.5, values);
  } else if (spec.distribution.kind === "normal") {
    fillNormal(key, draw, values);
  } else {
    fillUniform(key, draw, values);
  }
}

/** A game in execution. */
export class Executor {
  readonly game: Game;
  /** What training carries. Cannot be read after a step before {@link settle}. */
  readonly state: StateStore;
  private readonly carrier: Carrier;
  private readonly seed: number;
  private readonly compiled = new Map<string, CompiledPhase>();

  constructor(game: Game, backend: Backend, seed: number) {
    this.game = game;
    this.seed = seed;
    this.state = new StateStore(gameState(game));
    this.state.initialise(seed);
    this.carrier = lendsMemory(backend) ? new DeviceCarrier(this.state, backend) : new HostCarrier(this.state, backend);
  }

  /** Traces and compiles a phase, or finds it compiled. */
  async prepare(phase: Phase): Promise<CompiledPhase> {
    const key = phaseKey(phase);
    const known = this.compiled.get(key);
    if (known !== undefined) return known;
    const program = traceStep(this.game, phase);
    const graph = optimize(program.graph);
    const noise = program.randoms.map((spec) => {
      const size = sizeOf(spec.shape);
      return { spec, values: spec.distribution.kind === "bernoulli" ? new Uint8Array(size) : new Float32Array(size) };
    });
    const compiled = {
      program,
      advance: await this.carrier.compile(graph),
      noise,
    };
    this.compiled.set(key, compiled);
    return compiled;
  }

  /** Runs one phase. Gives what was measured, by name. */
  async run(phase: Phase, { real, labels, draw, scalar }: StepFeeds): Promise<Map<string, number>> {
    const { program, advance, noise } = await this.prepare(phase);
    const fed: Record<string, HostArray | undefined> = {
      real,
      ...(labels && { labels }),
      scalars: Float32Array.from(program.scalars, scalar),
    };
    for (const { spec, values } of noise) {
      drawNoise(this.seed, spec, draw, values);
      fed[spec.name] = values;
    }
    const values = (await advance(fed)).metrics as Float32Array;
    return new Map(program.metrics.map((name, i) => [name, values[i]!]));
  }

  /** The state, brought back from where it is computed so that it can be read. Costs nothing on the CPU. Not twice at once. */
  async settle(): Promise<StateStore> {
    await this.carrier.settle();
    return this.state;
  }

  /** Frees every compiled phase. State that is on a device then is lost: {@link settle} before, to keep it. */
  async release(): Promise<void> {
    await this.carrier.release();
    this.compiled.clear();
  }
}
