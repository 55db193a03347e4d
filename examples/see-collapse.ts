/**
 * Three sets of points on the ring: true ones, those of the upper half only (five modes), and one point again and again. Which figure sees what?
 *
 *     node --import jiti/register examples/see-collapse.ts
 */
import { loadDataset } from "gantry";
import { features, frechetDistance, modeReport, moments, plainProducts, precisionRecall } from "gantry/metrics";

const COUNT = 1000;

async function ring(seed: number): Promise<{ points: Float32Array; labels: Int32Array }> {
  const { data, labels } = await loadDataset("ring", { count: COUNT, seed });
  return { points: data as Float32Array, labels: labels! };
}

const { modes } = (await loadDataset("ring", { count: 1 })) as Extract<
  Awaited<ReturnType<typeof loadDataset>>,
  { kind: "points" }
>;
const reals = features((await ring(0)).points, 2, "points");

const { points, labels } = await ring(1);
// A point of a mode of the upper half takes the place of its mirror image below.
const half = points.map((x, i) => (i % 2 === 1 && labels[i >> 1]! > 4 ? -x : x));
const one = points.map((_, i) => points[i % 2]!);

for (const [name, data] of Object.entries({ true: points, half, one })) {
  const fakes = features(data, 2, "points");
  const { captured, reverseKl } = modeReport(data, modes!);
  const { precision, coverage } = await precisionRecall(reals, fakes, plainProducts);
  const distance = frechetDistance(moments(fakes), moments(reals));
  console.log(
    `${name}: ${captured} modes, reverse KL ${reverseKl.toFixed(3)}, precision ${precision.toFixed(2)}, coverage ${coverage.toFixed(2)}, Frechet ${distance.toFixed(3)}`,
  );
}
