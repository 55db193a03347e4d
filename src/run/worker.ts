/** @file The trainer's thread: prepares, claims a run directory, trains, and reports. Started by train.ts. */

import { mkdirSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";
import { nodeBackend } from "../backend/onnx/node.ts";
import { GantryError } from "../util/errors.ts";
import { writeFileAtomic } from "./atomic-file.ts";
import { describeEnvironment } from "./environment.ts";
import { prepareTraining, runLabel } from "./prepare.ts";
import { createRun, lockRun, runPaths } from "./run-dir.ts";
import { runTraining } from "./trainer.ts";
import { STOP_REASONS, type WorkerInput, type WorkerMessage } from "./worker-protocol.ts";

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

async function work({ config, target, stop }: WorkerInput): Promise<void> {
  const { dataset, game, summary } = await prepareTraining(config);
  const backend = await nodeBackend({
    device: config.device,
    ...(config.threads !== undefined && { threads: config.threads }),
  });
  const resume = "resume" in target;
  const run = resume ? runPaths(target.resume) : createRun(target.root, runLabel(config, dataset));
  const lock = lockRun(run);
  try {
    for (const dir of [run.samples, run.checkpoints]) mkdirSync(dir, { recursive: true });
    writeFileAtomic(run.config, [`${JSON.stringify(config, null, 2)}\n`]);
    writeFileAtomic(run.environment, [`${JSON.stringify(describeEnvironment(), null, 2)}\n`]);
    post({ type: "ready", run: run.dir, summary });
    const flag = new Int32Array(stop);
    const result = await runTraining(
      { config, dataset, game, run, resume },
      {
        backend,
        onEvent: (event) => post({ type: "event", event }),
        stopReason: () => STOP_REASONS[Atomics.load(flag, 0) - 1] ?? null,
      },
    );
    post({ type: "result", result });
  } finally {
    lock.release();
  }
}

work(workerData as WorkerInput).catch((error: unknown) => {
  const known = error instanceof GantryError;
  post({
    type: "error",
    error: {
      name: error instanceof Error ? error.name : "Error",
      message: error instanceof Error ? error.message : String(error),
      exitCode: known ? error.exitCode : 1,
      help: known ? error.help : undefined,
      stack: error instanceof Error ? error.stack : undefined,
    },
  });
});
