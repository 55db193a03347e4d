/**
 * Reads a data set the way the trainer does, says what was recognised, and draws its first image as text.
 *
 *     node --import jiti/register examples/inspect-data.ts [source] [limit]
 */
import { type Dataset, GantryError, loadDataset } from "gantry";

const source = process.argv[2] ?? "mnist";
const limit = Number(process.argv[3] ?? 1000);

let dataset: Dataset;
try {
  dataset = await loadDataset(source, { limit });
} catch (error) {
  if (!(error instanceof GantryError)) throw error;
  console.error(`error: ${error.message}`);
  if (error.help !== undefined) console.error(`help: ${error.help}`);
  process.exit(error.exitCode);
}

const { min, max, convention } = dataset.valueRange;
console.log(
  `${dataset.name}: ${dataset.count} ${dataset.kind} of [${dataset.shape}], values ${min} to ${max} (${convention})`,
);
for (const note of dataset.notes) console.log(`note: ${note}`);

if (dataset.labels && dataset.classes) {
  const counts = new Array<number>(dataset.classes.length).fill(0);
  for (const label of dataset.labels) counts[label]! += 1;
  console.log(
    dataset.classes
      .map((name, i) => `${name}: ${counts[i]}`)
      .slice(0, 25)
      .join("  "),
  );
}

if (dataset.kind === "images") {
  const [, height, width] = dataset.shape;
  for (let y = 0; y < height; y += 2) {
    const line = Array.from(
      { length: width },
      (_, x) => " .:-=+*#%@"[Math.floor((dataset.data[y * width + x]! / 256) * 10)],
    );
    console.log(line.join(""));
  }
} else {
  const [dimensions] = dataset.shape;
  for (let i = 0; i < Math.min(5, dataset.count); i++) {
    console.log(
      Array.from(dataset.data.subarray(i * dimensions, (i + 1) * dimensions), (v) => v.toFixed(3)).join(", "),
    );
  }
}
