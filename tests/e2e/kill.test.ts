/**
 * @file The kill test: a training in a process of its own is killed without warning at random moments, again and again, and
 * resumed each time. It must come to the same end as one that was left alone: the same checkpoint to the byte, the same
 * events, metrics and pictures. It runs the build, because that is what has a worker thread.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNpy } from "../../src/data/npy.ts";
import { readEvents } from "../../src/run/store/event-log.ts";
import { metricFiles, readMetricLines } from "../../src/run/store/metric-log.ts";
import { fillBits, fillUniform, streamKey } from "../../src/util/rng.ts";

const SEED = 20;
const KILLS = 12;
const dist = new URL("../../dist/", import.meta.url);

/** Goes on with the run in a folder, or starts one there, under a config. */
const trainer = `
  import { existsSync, readdirSync } from "node:fs";
  import { basename, join } from "node:path";
  import { parseConfig } from "${new URL("config/config.js", dist)}";
  import { startTraining } from "${new URL("run/training/train.js", dist)}";
  const [root, config] = process.argv.slice(2);
  const run = readdirSync(root).map((name) => join(root, name)).find((dir) => existsSync(join(dir, "config.json")));
  const target = run === undefined ? { root } : { resume: run };
  const training = await startTraining(parseConfig(JSON.parse(config)), target);
  for await (const event of training.events) if (event.type === "status") console.log(event.status);
  await training.result;
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gantry-kill-"));
  const words = new Uint32Array((200 * 256) / 4);
  fillBits(streamKey(SEED, "pictures"), 0, words);
  writeFileSync(join(folder, "trainer.mjs"), trainer);
  writeFileSync(join(folder, "pictures.npy"), writeNpy(new Uint8Array(words.buffer), [200, 16, 16]));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(root: string, config: object): ChildProcess & { ended: Promise<unknown> } {
  const child = spawn(process.execPath, [join(folder, "trainer.mjs"), root, JSON.stringify(config)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  return Object.assign(child, { ended: once(child, "close") });
}

/** Trains to the end. Gives the time until the first step and the time until the end, in ms. */
async function finish(root: string, config: object): Promise<{ ready: number; done: number }> {
  const started = performance.now();
  const child = start(root, config);
  let [ready, errors] = [Number.NaN, ""];
  child.stdout!.once("data", () => {
    ready = performance.now() - started;
  });
  child.stderr!.on("data", (text) => {
    errors += text;
  });
  expect(await child.ended, errors).toEqual([0, null]);
  return { ready, done: performance.now() - started };
}

/** Everything that must not depend on how often a run was broken off. */
function traces(root: string) {
  const [name, ...others] = readdirSync(root).filter((entry) => existsSync(join(root, entry, "config.json")));
  expect(others).toEqual([]);
  const run = join(root, name!);
  const events = [...readEvents(join(run, "events.jsonl"))]
    .filter(({ type }) => !["status", "resume"].includes(type))
    .map((event) => ({
      ...event,
      time: "",
      ...(event.type === "start" && { run: "" }),
      ...(event.type === "metric" && { seconds: null }),
      ...(event.type === "scalars" && { values: { ...event.values, "images/second": null } }),
    }));
  const files = (dir: string) =>
    Object.fromEntries(
      readdirSync(join(run, dir))
        .sort()
        .map((file) => [file, readFileSync(join(run, dir, file)).toString("base64")]),
    );
  const metrics = Object.fromEntries(
    metricFiles(run).map((path) => [
      basename(path),
      [...readMetricLines(path)].map((line) => ({ ...line, time: "", seconds: null })),
    ]),
  );
  return { events, metrics, checkpoints: files("checkpoints"), samples: files("samples") };
}

const games = {
  "points on a ring": () => ({
    data: { source: "ring", count: 1000 },
    model: { name: "mlp", width: 32 },
    penalties: [{ name: "r1", every: 4 }],
    batch: 64,
    steps: 1500,
    log: { every: 7 },
    samples: { every: 100, count: 50 },
    metrics: { list: "modes,fid", every: 50, samples: 100 },
    checkpoint: { every: 10, keep: 2, best: { scalar: "fid" } },
    threads: 2,
  }),
  "pictures by a small DCGAN": () => ({
    data: { source: join(folder, "pictures.npy"), mirror: true },
    model: { name: "dcgan", base: 4, latent: 8 },
    updates: { discriminatorSteps: 2 },
    batch: 16,
    steps: 720,
    log: { every: 3 },
    samples: { every: 40, count: 4 },
    checkpoint: { every: 5, keep: 3, best: undefined },
    threads: 2,
  }),
};

/** A training whose rates rise: samples of step 100 are good, later ones are not, and the supervisor goes back there under rates that fall. */
const failing = () => {
  const adam = { name: "adam", lr: 2e-3, beta1: 0, beta2: 0.99, schedule: { kind: "linear", final: 100 } };
  return {
    data: { source: "ring", count: 1000 },
    model: { name: "mlp", width: 32 },
    penalties: ["r1"],
    optimizer: { generator: adam, discriminator: adam },
    batch: 64,
    steps: 700,
    ema: { enabled: false },
    log: { every: 10 },
    samples: { every: 100, count: 50 },
    checkpoint: { every: 50, keep: 2 },
    health: { remedy: "auto", every: 20, samples: 128 },
    threads: 1,
  };
};

describe("killing a training that goes back by itself", () => {
  const folderOf = (part: string) => {
    const path = join(folder, `failing ${part}`);
    mkdirSync(path);
    return path;
  };
  /** The log as it is, a torn last line left out; empty while there is none. */
  const typesIn = (root: string): string[] => {
    const [name] = readdirSync(root);
    const log = name && join(root, name, "events.jsonl");
    if (!log || !existsSync(log)) return [];
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => (JSON.parse(line) as { type: string }).type);
  };

  /** What is in the log before a blow falls, and how long it waits then, in ms. */
  const blows: readonly (readonly [string, (types: readonly string[]) => boolean, number])[] = [
    ["when it is decided", (types) => types.includes("remedy"), 0],
    ["soon after", (types) => types.includes("remedy"), 30],
    ["while it begins anew", (types) => types.includes("remedy"), 100],
    ["after a checkpoint under the remedy", (types) => isSaved(types), 20],
  ];
  /** Whether something is saved under the remedy: until then who resumes must go back. */
  const isSaved = (types: readonly string[]) =>
    types.includes("remedy") && types.slice(types.indexOf("remedy")).includes("checkpoint");

  it("while it does so, and after, loses nothing and repeats nothing", { timeout: 180_000 }, async () => {
    const whole = folderOf("unbroken");
    await finish(whole, failing());
    const expected = traces(whole);
    const remedies = expected.events.flatMap((event) => (event.type === "remedy" ? [event] : []));
    expect(remedies).toMatchObject([{ name: "decay-rates", backTo: 100 }]);
    // What was taken back can still be seen: the log names every picture once.
    const pictures = expected.events.flatMap((event) => (event.type === "sample" ? [event.path] : []));
    expect(pictures).toContain("samples/fakes-000200-attempt-1.png");
    expect(pictures.map((path) => basename(path)).sort()).toEqual(Object.keys(expected.samples));
    let amidst = 0;
    for (const [when, isTime, wait] of blows) {
      const broken = folderOf(when);
      const child = start(broken, failing());
      const runs = () => child.exitCode === null && child.signalCode === null;
      while (runs() && !isTime(typesIn(broken))) await delay(2);
      await delay(wait);
      child.kill("SIGKILL");
      expect(await child.ended, when).toEqual([null, "SIGKILL"]);
      if (!isSaved(typesIn(broken))) amidst++;
      await finish(broken, failing());
      expect(traces(broken), when).toEqual(expected);
    }
    expect(amidst).toBeGreaterThan(0);
  });
});

describe.each(Object.entries(games))("killing a training of %s", (name, makeConfig) => {
  it(`${KILLS} times changes nothing`, { timeout: 240_000 }, async () => {
    const config = makeConfig();
    const folderOf = (part: string) => {
      const path = join(folder, `${name} ${part}`);
      mkdirSync(path);
      return path;
    };
    const whole = folderOf("unbroken");
    const { ready, done } = await finish(whole, config);
    const expected = traces(whole);
    const { keep, best } = config.checkpoint;
    expect(Object.keys(expected.checkpoints).length - keep).toBeOneOf(best === undefined ? [0] : [0, 1]);
    expect(Object.keys(expected.metrics)).toHaveLength(best === undefined ? 0 : 2);

    // Every fourth blow falls while the process starts, before there is a run directory or while one is opened; the others
    // within a twentieth of the training after it began, so that all hit one run. However busy the machine is.
    const moments = new Float32Array(KILLS);
    fillUniform(streamKey(SEED, name), 0, moments);
    let [attempt, killedInTraining] = [0, 0];
    let broken = folderOf(`broken ${attempt}`);
    for (const [k, moment] of moments.entries()) {
      const child = start(broken, config);
      const timers: NodeJS.Timeout[] = [];
      const strikeAfter = (ms: number) => timers.push(setTimeout(() => child.kill("SIGKILL"), ms));
      let training = false;
      child.stdout!.once("data", () => {
        training = true;
        if (k % 4 !== 0) strikeAfter(moment * (done - ready) * 0.05);
      });
      if (k % 4 === 0) strikeAfter(moment * ready);
      const [code, signal] = (await child.ended) as [number | null, string | null];
      timers.forEach(clearTimeout);
      expect([code, signal]).toEqual(signal === null ? [0, null] : [null, "SIGKILL"]);
      if (signal !== null && training) killedInTraining++;
      if (signal === null) {
        // It reached its end before the blow: that run is judged, and another one takes the remaining blows.
        expect(traces(broken)).toEqual(expected);
        broken = folderOf(`broken ${++attempt}`);
      }
    }
    await finish(broken, config);
    expect(traces(broken)).toEqual(expected);
    expect(killedInTraining).toBeGreaterThanOrEqual(KILLS / 2);
  });
});
