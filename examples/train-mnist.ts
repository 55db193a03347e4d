/**
 * Trains a DCGAN on MNIST from a program and follows its events.
 *
 *     node --import jiti/register examples/train-mnist.ts [steps] [folder for runs]
 */
import { train } from "gantry";

const steps = Number(process.argv[2] ?? 2500);
const out = process.argv[3] ?? "runs";

const abort = new AbortController();
process.once("SIGINT", () => abort.abort());

const run = await train(
  {
    data: { source: "mnist" },
    model: { name: "dcgan", base: 32 },
    objective: "non-saturating",
    steps,
    log: { every: Math.max(1, Math.min(50, steps)) },
  },
  { out, signal: abort.signal },
);
const { parameters, epochs } = run.summary;
console.log(
  `generator ${parameters.generator}, discriminator ${parameters.discriminator}, ${epochs.toFixed(1)} epochs`,
);

for await (const event of run.events) {
  if (event.type === "scalars") {
    const show = (name: string) => event.values[name]?.toFixed(3);
    console.log(`step ${event.step}: D ${show("loss/discriminator")} G ${show("loss/generator")}`);
  } else if (event.type === "sample") {
    console.log(`step ${event.step}: ${run.dir}/${event.path}`);
  } else if (event.type === "finding") {
    console.log(`step ${event.step}: ${event.code}: ${event.message}`);
  }
}
const result = await run.result;
console.log(`${result.status} after ${result.step} steps, ${result.images} images: ${run.dir}`);
