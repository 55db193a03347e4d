import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../../util/errors.ts";
import { openEventLog } from "./event-log.ts";
import type { RunEventInput } from "./events.ts";
import { createRun, isAlive, listRuns, lockOwner, lockRun, openRun, type RunPaths, runPaths } from "./run-dir.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gantry-runs-"));
});
afterEach(() => {
  chmodSync(root, 0o755);
  rmSync(root, { recursive: true, force: true });
});

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Runs TypeScript that may use `m`, this module, in another process. Gives what it printed so far, and its end. */
function elsewhere(code: string): { child: ChildProcess; output(): string; end: Promise<number | null> } {
  const script = `
    const { createJiti } = await import("jiti");
    const m = await createJiti(${JSON.stringify(import.meta.url)}).import(${JSON.stringify(fileURLToPath(new URL("run-dir.ts", import.meta.url)))});
    const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += String(chunk);
  });
  return { child, output: () => text, end: new Promise((resolve) => child.on("close", resolve)) };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("waited too long");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Runs code in several processes that begin at the same moment, which the code knows as `start`. Gives what each printed. */
async function together(count: number, code: (index: number) => string): Promise<string[]> {
  const go = join(root, "go");
  const processes = Array.from({ length: count }, (_, index) =>
    elsewhere(`
      const { existsSync, statSync } = await import("node:fs");
      console.log("ready");
      while (!existsSync(${JSON.stringify(go)})) await sleep(2);
      const start = statSync(${JSON.stringify(go)}).mtimeMs + 100;
      while (Date.now() < start) {}
      ${code(index)}`),
  );
  await until(() => processes.every((process) => process.output() === "ready\n"));
  writeFileSync(go, "");
  expect(await Promise.all(processes.map((process) => process.end))).toEqual(processes.map(() => 0));
  return processes.map((process) => process.output().replace("ready\n", ""));
}

function deadPid(): number {
  return Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
}

function writeLock(paths: RunPaths, fields: object): void {
  const owner = { pid: process.pid, hostname: hostname(), started: "2026-01-01T00:00:00.000Z", ticks: null };
  writeFileSync(paths.lock, JSON.stringify({ ...owner, ...fields }));
}

function log(paths: RunPaths, ...events: RunEventInput[]): void {
  const file = openEventLog(paths.events);
  for (const event of events) file.append(event);
  file.close();
}

const START: RunEventInput = { type: "start", step: 0, images: 0, run: "r", fingerprint: "f" };

describe("createRun", () => {
  it("numbers runs and makes their sub-directories", () => {
    const deep = join(root, "a/b");
    const first = createRun(deep, "dcgan-mnist");
    expect(first).toEqual(runPaths(join(deep, "00000-dcgan-mnist")));
    expect(readdirSync(first.dir).sort()).toEqual(["checkpoints", "samples"]);
    mkdirSync(join(deep, "00041-old"));
    mkdirSync(join(deep, "notes"));
    writeFileSync(join(deep, "00050-a-file"), "");
    expect(createRun(deep, "x").name).toBe("00051-x");
    expect(readdirSync(deep)).toHaveLength(5);
  });

  it("makes any label a plain name", () => {
    expect(createRun(root, "../my data/64×64 ").name).toBe("00000-..-my-data-64-64");
    expect(createRun(root, "").name).toBe("00001");
    expect(createRun(root, "x".repeat(500)).name).toHaveLength(86);
  });

  it("gives no two processes the same number", async () => {
    const code = (label: string): string =>
      `for (let i = 0; i < 60; i++) console.log(m.createRun(${JSON.stringify(join(root, "runs"))}, "${label}").name);`;
    const outputs = await together(4, (index) => code(`p${index}`));
    const names = outputs.flatMap((output) => output.trim().split("\n"));
    expect(names).toHaveLength(240);
    expect(new Set(names.map((name) => Number.parseInt(name, 10))).size).toBe(240);
    expect(readdirSync(join(root, "runs")).sort()).toEqual(names.sort());
  });

  it("refuses a root that is a file or below one, as a mistake in the options", () => {
    const file = join(root, "file");
    writeFileSync(file, "");
    for (const bad of [file, join(file, "runs")]) {
      expect(() => createRun(bad, "x")).toThrow(ConfigError);
      expect(() => createRun(bad, "x")).toThrow(bad);
    }
  });

  it("refuses a root that cannot be written", (context) => {
    chmodSync(root, 0o555);
    const asRoot = process.geteuid?.() === 0;
    try {
      if (asRoot) process.seteuid?.(65_534);
    } catch {
      return context.skip("cannot become another user here");
    }
    try {
      expect(() => createRun(root, "x")).toThrow(DataError);
      expect(() => createRun(root, "x")).toThrow(`cannot make a run directory in ${root}: permission denied`);
    } finally {
      if (asRoot) process.seteuid?.(0);
    }
    chmodSync(root, 0o755);
    expect(createRun(root, "x").name).toBe("00000-x");
  });
});

describe("openRun", () => {
  const make = (...names: string[]): void => {
    for (const name of names) mkdirSync(join(root, name));
  };

  it("takes a number, a name, the beginning of a name, and a path", () => {
    make("00003-dcgan-mnist", "00004-mlp-ring", "00030-dcgan-mnist");
    for (const wanted of ["3", "00003", "00003-dcgan-mnist", "00003-d"]) {
      expect(openRun(wanted, root)).toEqual(runPaths(join(root, "00003-dcgan-mnist")));
    }
    const elsewhereDir = join(root, "moved");
    mkdirSync(elsewhereDir);
    expect(() => openRun(elsewhereDir, root)).toThrow(/is not a run directory/);
    writeFileSync(join(elsewhereDir, "config.json"), "{}");
    expect(openRun(`${elsewhereDir}/`, root).name).toBe("moved");
    expect(openRun(elsewhereDir, root).config).toBe(join(elsewhereDir, "config.json"));
  });

  it("suggests a name when there is none, and asks for more when there are several", () => {
    make("00003-dcgan-mnist", "00004-mlp-ring");
    expect(() => openRun("00003-dcgam-mnist", root)).toThrow(
      /no run "00003-dcgam-mnist".*Did you mean "00003-dcgan-mnist"/,
    );
    expect(() => openRun("mlp-rign", root)).toThrow(/Did you mean "00004-mlp-ring"/);
    expect(() => openRun("0000", root)).toThrow(/several runs: 00003-dcgan-mnist, 00004-mlp-ring/);
    expect(() => openRun("7", root)).toThrow(ConfigError);
    expect(() => openRun("", root)).toThrow(ConfigError);
    try {
      openRun("completely different", join(root, "none"));
      expect.unreachable();
    } catch (error) {
      expect((error as ConfigError).message).not.toMatch(/Did you mean/);
      expect((error as ConfigError).help).toMatch(/has no runs/);
    }
  });
});

describe("listRuns", () => {
  const scalars = (step: number, loss: number): RunEventInput => ({
    type: "scalars",
    step,
    images: step * 64,
    values: { loss },
  });

  it("tells name, status, progress, last scalars and what was trained", () => {
    const run = createRun(root, "dcgan-mnist");
    writeFileSync(
      run.config,
      JSON.stringify({ preset: "dcgan", model: { name: "dcgan", base: 64 }, data: { source: "mnist" } }),
    );
    log(run, START, scalars(1, 0.5), scalars(2, Number.NaN), {
      type: "status",
      step: 3,
      images: 192,
      status: "finished",
      reason: "",
    });
    const [row] = listRuns(root);
    expect(row).toMatchObject({
      name: "00000-dcgan-mnist",
      dir: run.dir,
      status: "finished",
      step: 3,
      images: 192,
      lastScalars: { loss: Number.NaN },
      preset: "dcgan",
      model: "dcgan",
      data: "mnist",
    });
    expect(Math.abs(Date.parse(row?.started as string) - Date.now())).toBeLessThan(60_000);
  });

  it("says where a run stands that went back, and what still counts of what was measured", () => {
    const run = createRun(root, "x");
    const remedy = { name: "r1", finding: "oscillation", why: "", changes: [], attempt: 1 };
    log(run, START, scalars(10, 1), scalars(20, 2), { type: "remedy", step: 25, images: 1600, ...remedy, backTo: 10 });
    expect(listRuns(root)[0]).toMatchObject({ step: 10, images: 640, lastScalars: { loss: 1 } });
    log(run, scalars(15, 3));
    expect(listRuns(root)[0]).toMatchObject({ step: 15, images: 960, lastScalars: { loss: 3 } });
  });

  it("calls a run running only while a live process holds it", () => {
    const run = createRun(root, "x");
    log(run, START, scalars(1, 1));
    expect(listRuns(root)[0]?.status).toBe("interrupted");
    const lock = lockRun(run);
    expect(listRuns(root)[0]?.status).toBe("running");
    lock.release();
    writeLock(run, { pid: deadPid() });
    expect(listRuns(root)[0]?.status).toBe("interrupted");
    log(run, { type: "status", step: 2, images: 128, status: "failed", reason: "NaN" });
    expect(listRuns(root)[0]?.status).toBe("failed");
    rmSync(run.lock);
    log(run, { type: "resume", step: 1, images: 64, checkpoint: "x" });
    lockRun(run);
    expect(listRuns(root)[0]).toMatchObject({ status: "running", step: 1 });
  });

  it("makes do with runs that hold nothing or damaged files, and with a missing root", () => {
    createRun(root, "empty");
    const bad = createRun(root, "bad");
    writeFileSync(bad.config, "{");
    writeFileSync(bad.events, "corrupt\n");
    log(bad, scalars(5, 1));
    appendFileSync(bad.events, '{"v":');
    const nothing = { status: "interrupted", step: 0, lastScalars: null, started: null, preset: null, data: null };
    expect(listRuns(root)).toMatchObject([nothing, { ...nothing, step: 5, lastScalars: { loss: 1 } }]);
    expect(listRuns(join(root, "none"))).toEqual([]);
  });

  it("finds the last scalars behind many other events", () => {
    const run = createRun(root, "x");
    const note: RunEventInput = { type: "note", step: 9, images: 9, level: "info", message: "x".repeat(200) };
    log(run, START, scalars(1, 7), ...Array.from({ length: 1000 }, () => note));
    expect(listRuns(root)[0]).toMatchObject({ step: 9, lastScalars: { loss: 7 } });
  });

  it("reads only the ends of long logs: what is damaged in the middle is not met", () => {
    const run = createRun(root, "first");
    log(run, START, ...Array.from({ length: 3000 }, (_, i) => scalars(i, i)));
    const lines = readFileSync(run.events, "utf8").split("\n");
    lines[1500] = "damaged";
    for (let i = 1; i < 100; i++) {
      const paths = runPaths(join(root, `${String(i).padStart(5, "0")}-x`));
      mkdirSync(paths.dir);
      writeFileSync(paths.config, JSON.stringify({ preset: "dcgan" }));
      writeFileSync(paths.events, lines.join("\n"));
    }
    const rows = listRuns(root);
    expect(rows).toHaveLength(100);
    expect(rows.every((row) => row.step === 2999)).toBe(true);
  });
});

describe("lockRun", () => {
  it("keeps a second trainer out until it is released", () => {
    const run = createRun(root, "x");
    const lock = lockRun(run);
    expect(lockOwner(run)).toMatchObject({ pid: process.pid, hostname: hostname() });
    expect(() => lockRun(run)).toThrow(DataError);
    expect(() => lockRun(run)).toThrow(`is being trained by another process (process ${process.pid} on ${hostname()}`);
    lock.release();
    lock.release();
    expect(lockOwner(run)).toBeNull();
    lockRun(run);
    lock.release();
    expect(lockOwner(run)).not.toBeNull();
    expect(readdirSync(run.dir).sort()).toEqual(["checkpoints", "lock", "samples"]);
  });

  it("keeps out while another process lives, and takes over when it was killed", async () => {
    const run = createRun(root, "x");
    const holder = elsewhere(
      `m.lockRun(m.runPaths(${JSON.stringify(run.dir)})); console.log("held"); await sleep(1e6);`,
    );
    await until(() => holder.output().includes("held"));
    expect(() => lockRun(run)).toThrow(`process ${holder.child.pid}`);
    holder.child.kill("SIGKILL");
    await holder.end;
    writeFileSync(join(run.checkpoints, `.step-1.safetensors.${holder.child.pid}-a.tmp`), "half");
    lockRun(run);
    expect(lockOwner(run)?.pid).toBe(process.pid);
    expect(readdirSync(run.checkpoints)).toEqual([]);
  });

  it("takes over from a later process of the same number, and from a damaged lock", (context) => {
    const run = createRun(root, "x");
    writeFileSync(run.lock, "");
    lockRun(run).release();
    if (!existsSync("/proc/self/stat")) return context.skip("process start times are only known where /proc is");
    writeLock(run, { ticks: 1 });
    lockRun(run).release();
    writeLock(run, { ticks: null });
    expect(() => lockRun(run)).toThrow(/being trained/);
  });

  it("does not judge a process on another host", () => {
    const run = createRun(root, "x");
    writeLock(run, { pid: deadPid(), hostname: "another-host" });
    expect(() => lockRun(run)).toThrow(/on another-host/);
    try {
      lockRun(run);
    } catch (error) {
      expect((error as DataError).help).toContain(run.lock);
    }
    expect(isAlive({ pid: 1, hostname: "another-host", started: "", ticks: null })).toBe(true);
    expect(isAlive({ pid: deadPid(), hostname: hostname(), started: "", ticks: null })).toBe(false);
  });

  it("lets exactly one of many processes take over a dead lock", async () => {
    const rounds = 60;
    const dead = deadPid();
    const runs = Array.from({ length: rounds }, () => createRun(root, "x"));
    for (const run of runs) writeLock(run, { pid: dead });
    const outputs = await together(
      4,
      (index) => `
        for (const [round, dir] of ${JSON.stringify(runs.map((run) => run.dir))}.entries()) {
          while (Date.now() < start + round * 15) {}
          try { m.lockRun(m.runPaths(dir)); console.log(dir); } catch (error) { if (error.name !== "DataError") throw error; }
        }
        // A winner that ended would leave a dead lock to those who come late.
        const { readdirSync, writeFileSync } = await import("node:fs");
        writeFileSync(${JSON.stringify(join(root, `done-${index}`))}, "");
        while (readdirSync(${JSON.stringify(root)}).filter((name) => name.startsWith("done-")).length < 4) await sleep(5);`,
    );
    const winners = outputs.flatMap((output) =>
      output
        .trim()
        .split("\n")
        .filter((line) => line !== ""),
    );
    expect(winners.sort()).toEqual(runs.map((run) => run.dir));
    for (const run of runs) expect(readdirSync(run.dir).sort()).toEqual(["checkpoints", "lock", "samples"]);
  });

  it("names a run directory that is gone", () => {
    const gone = runPaths(join(root, "00009-gone"));
    expect(() => lockRun(gone)).toThrow(`cannot lock ${gone.dir}: no such file or directory`);
    expect(basename(gone.dir)).toBe(gone.name);
  });
});
