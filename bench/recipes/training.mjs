// Trains one config through the library, in a folder that is thrown away, and gives samples and what it cost.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeBackend } from "../../dist/backend/onnx/node.js";
import { train } from "../../dist/index.js";
import { drawSeeds } from "../../dist/run/sampling/sample-run.js";
import { loadRun } from "../../dist/run/store/load-run.js";
import { runPaths } from "../../dist/run/store/run-dir.js";

/** Seeds of the samples that are scored: the same for every run. */
const SEEDS = (count) => Array.from({ length: count }, (_, i) => 1_000_000 + i);
/** No picture and no checkpoint but the last: what is measured is training. */
const QUIET = { log: { every: 1000 }, samples: { every: 10_000_000, count: 64 }, checkpoint: { every: 10_000_000 } };

/**
 * Trains `config` and draws `count` samples from the moving average and from the weights as they are.
 *
 * @returns `{ ema, raw, parameters, status, steps, seconds, processorSeconds }`; processor time includes compiling.
 */
export async function trainAndDraw(config, count, format) {
  const out = mkdtempSync(join(tmpdir(), "gantry-recipes-"));
  const before = process.cpuUsage();
  const start = performance.now();
  try {
    const run = await train({ threads: 1, ...config, ...QUIET }, { out });
    const result = await run.result;
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    const loaded = loadRun(runPaths(run.dir));
    const backend = await nodeBackend({ threads: 1 });
    const draw = (weights) => drawSeeds(loaded, backend, { seeds: SEEDS(count), weights, format });
    return {
      ema: (await draw("ema")).data,
      raw: (await draw("raw")).data,
      parameters: run.summary.parameters,
      status: result.status,
      steps: result.step,
      seconds,
      processorSeconds: (user + system) / 1e6,
    };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}
