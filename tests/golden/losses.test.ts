/** @file Objectives against PyTorch's losses: both players' losses and their gradients by the logits. */

import { describe, test } from "vitest";
import { grad } from "../../src/autodiff/grad.ts";
import { objectives } from "../../src/gan/objectives.ts";
import type { Tensor } from "../../src/graph/ops.ts";
import * as t from "../../src/graph/tensor.ts";
import { createFrom } from "../../src/util/registry.ts";
import { engines, expectClose, golden, type OperandSpec, operand } from "./golden.ts";

interface LossCase {
  readonly objective: string;
  readonly options: object;
  readonly real: OperandSpec;
  readonly fake: OperandSpec;
  readonly discriminator: { readonly loss: number; readonly real: number[]; readonly fake: number[] };
  readonly generator: { readonly loss: number; readonly fake: number[] };
}

const unused = (): never => {
  throw new Error("plain labels need no noise, and these losses no features");
};
const plain = { random: unused, features: unused, meanOfFakes: (losses: Tensor) => t.mean(losses) };

describe.each(engines)("$name", ({ run, tolerance }) => {
  test.each(golden<LossCase>("losses"))(
    "%s",
    async (_, { objective, options, real, fake, discriminator, generator }) => {
      const [r, f] = [t.input("real", real.shape), t.input("fake", fake.shape)];
      const game = createFrom("objective", objectives, { name: objective, ...options });
      const [d, g] = [game.discriminator(r, f, plain), game.generator(f, r, plain)];
      const [dByReal, dByFake] = grad(d, [r, f]);
      const [gByFake] = grad(g, [f]);
      const out = await run(
        { d, g, dByReal: dByReal!, dByFake: dByFake!, gByFake: gByFake! },
        { real: operand(real), fake: operand(fake) },
      );
      expectClose(out.d!, [discriminator.loss], tolerance, "loss of the discriminator");
      expectClose(out.g!, [generator.loss], tolerance, "loss of the generator");
      expectClose(out.dByReal!, discriminator.real, tolerance, "gradient of the discriminator by the real logits");
      expectClose(out.dByFake!, discriminator.fake, tolerance, "gradient of the discriminator by the fake logits");
      expectClose(out.gByFake!, generator.fake, tolerance, "gradient of the generator by the fake logits");
    },
  );
});
