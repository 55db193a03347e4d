/** @file The trainer's thread: prepares, claims a run directory, trains, and reports. Started by train.ts. */

import { parentPort, workerData } from "node:worker_threads";
import { nodeBackend } from "../../backend/onnx/node.ts";
import { settleConfig } from "../config/unsized.ts";
import { makeDirectories, writeFileAtomic } from "../store/atomic-file.ts";
import { describeEnvironment } from "../store/environment.ts";
import { createRun, lockRun, runPaths } from "../store/run-dir.ts";
import { findHeldOut } from "./prepare/held-out.ts";
import { expectedCost, warningsBefore } from "./prepare/preflight.ts";
import { prepareJudging, prepareTraining, preparingText, runLabel } from "./prepare/prepare.ts";
import { presentConfig } from "./rollback/restore.ts";
import { runTraining, type TrainingResult } from "./trainer.ts";
import {
  packError,
  STEPS_DONE,
  STOP_REASONS,
  STOP_REQUEST,
  type WorkerInput,
  type WorkerMessage,
} from "./worker-protocol.ts";

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

async function work({ config: wanted, target, control }: WorkerInput): Promise<TrainingResult> {
  const resume = "resume" in target;
  const settled = await settleConfig(wanted);
  const config = resume ? presentConfig(settled.config, runPaths(target.resume)) : settled.config;
  const prepared = await prepareTraining(config, settled.dataset);
  const { dataset, split, game, summary } = prepared;
  // A new run is refused before it has a directory; one that goes on looks again only where it begins again.
  const cost = resume ? undefined : expectedCost(config, prepared);
  const found = resume ? undefined : warningsBefore(config, prepared, cost);
  const warnings = () => found ?? warningsBefore(config, prepared);
  const heldOut = config.health.probes === "off" ? undefined : await findHeldOut(config, split);
  const backend = await nodeBackend({
    device: config.device,
    ...(config.threads !== undefined && { threads: config.threads }),
  });
  const preparing = preparingText(config);
  if (preparing !== undefined) post({ type: "preparing", what: preparing });
  const judging = await prepareJudging(config, prepared, backend);
  const run = resume ? runPaths(target.resume) : createRun(target.root, runLabel(config, dataset));
  const lock = lockRun(run);
  try {
    for (const dir of [run.samples, run.checkpoints]) makeDirectories(dir);
    // The first event says that the trainer has accepted the job, and has written the config under which it goes on.
    let accepted = false;
    const accept = (): void => {
      accepted = true;
      writeFileAtomic(run.environment, [`${JSON.stringify(describeEnvironment(), null, 2)}\n`]);
      post({ type: "ready", run: run.dir, config, summary: { ...summary, cost } });
    };
    const flags = new Int32Array(control);
    const result = await runTraining(
      { config, dataset: split.train, all: dataset, heldOut, game, run, resume, judging, warnings },
      {
        backend,
        onEvent: (event) => {
          if (!accepted) accept();
          post({ type: "event", event });
        },
        onStep: () => Atomics.add(flags, STEPS_DONE, 1),
        stopReason: () => STOP_REASONS[Atomics.load(flags, STOP_REQUEST) - 1] ?? null,
      },
    );
    return result;
  } finally {
    await judging.judge?.release();
    lock.release();
  }
}

// Said last, when the run is free again: whoever hears it may go on with the run at once.
work(workerData as WorkerInput).then(
  (result) => post({ type: "result", result }),
  (error: unknown) => post({ type: "error", error: packError(error) }),
);
