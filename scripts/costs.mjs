// What a step costs with each row and option, from bench/cost-factors.json, as the sentences and the table of docs/reference/.
import { readFileSync } from "node:fs";

const read = () => JSON.parse(readFileSync(new URL("../bench/cost-factors.json", import.meta.url), "utf8"));

const times = ({ median, min, max }) =>
  `${median.toFixed(2)} times the plain step (${min.toFixed(2)} to ${max.toFixed(2)})`;

/** Which step the factors are relative to, and where they come from. */
export function costNote() {
  const { plain, machine, provisional, date } = read();
  const where = `${machine.cores} cores (${machine.cpu}), ${date}`;
  const caution = provisional
    ? " The load average stood above 0.5 when they were taken; as ratios within a round they hold to about a tenth."
    : "";
  return `Costs are measured (\`bench/cost-factors.mjs\`, ${where}): the time of a step with the row over that of the plain step, ${plain.ms} ms: DCGAN on 3×32×32 pixels, 64 channels, no normalisation in the discriminator, a batch of 64, Adam.${caution}`;
}

/** The cost of a registry's row: `kind` is the config's key. A model's is the time of a step; without a figure a sentence that says so. */
export function costOf(kind, name) {
  const { factors, models } = read();
  if (kind === "model") {
    const model = models[name];
    if (model === undefined) return "Cost: not measured.";
    const data = `${model.kind} of ${model.shape.join("×")}`;
    return `Cost: ${model.ms} ms a step with the default options, ${data}, a batch of ${model.batch}.`;
  }
  const factor = factors[`${kind}/${name}`];
  return factor === undefined ? "Cost: not measured." : `Cost: ${times(factor)}.`;
}

/** Names and factors of what is no row of a registry. */
export function otherCosts(isRow) {
  return Object.entries(read().factors)
    .filter(([name]) => !isRow(name))
    .map(([name, factor]) => [name, times(factor)]);
}
