import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ConfigError, DataError } from "../../util/errors.ts";
import { diskFileSystem, type FileSystem } from "./atomic-file.ts";
import {
  checkpointName,
  findCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  loadLatest,
  pruneCheckpoints,
  type Snapshot,
  saveCheckpoint,
} from "./checkpoint.ts";
import { decodeSafetensors, encodeSafetensors, type StateArray } from "./safetensors.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-checkpoint-"));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function snapshot(step: number, size = 3): Snapshot {
  return {
    step,
    images: step * 64,
    cursor: step * 128,
    fingerprint: "abc",
    state: new Map<string, StateArray>([
      ["generator/w", { shape: [size], data: new Float32Array(size).fill(step + 0.5) }],
      ["step", { shape: [], data: new Int32Array([step]) }],
      ["mask", { shape: [2], data: new Uint8Array([1, 0]) }],
    ]),
    extra: { best: "0.25", step: "not the step" },
  };
}

function save(step: number): string {
  return saveCheckpoint(dir, checkpointName(step), snapshot(step)).path;
}

describe("saveCheckpoint and loadCheckpoint", () => {
  it("give back everything", () => {
    const saved = saveCheckpoint(join(dir, "checkpoints"), checkpointName(400), snapshot(400));
    expect(saved.path).toBe(join(dir, "checkpoints/step-00000400.safetensors"));
    expect(saved.bytes).toBe(readFileSync(saved.path).length);
    const loaded = loadCheckpoint(saved.path);
    expect(loaded).toMatchObject({ ...snapshot(400), state: expect.any(Map), name: "step-00000400", path: saved.path });
    expect(new Map([...loaded.state].sort())).toEqual(new Map([...snapshot(400).state].sort()));
    expect(loaded.extra).toEqual({ best: "0.25", step: "not the step" });
  });

  it("write the same bytes for the same state", () => {
    const first = readFileSync(save(7));
    const { state, ...rest } = snapshot(7);
    saveCheckpoint(dir, "again", { ...rest, state: new Map([...state].reverse()) });
    expect(readFileSync(join(dir, "again.safetensors")).equals(first)).toBe(true);
  });

  it("notice an altered bit in any byte", () => {
    const path = save(1);
    const good = readFileSync(path);
    expect(loadCheckpoint(path).step).toBe(1);
    const missed: number[] = [];
    for (let at = 0; at < good.length; at++) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] as number) ^ (1 << ((at * 5) % 8));
      writeFileSync(path, bad);
      try {
        loadCheckpoint(path);
        missed.push(at);
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
      }
    }
    expect(missed).toEqual([]);
  });

  it("say what to do about an altered file", () => {
    const path = save(1);
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = 77;
    writeFileSync(path, bytes);
    expect(() => loadCheckpoint(path)).toThrow(`checkpoint ${path} is damaged: the checksum does not match`);
    try {
      loadCheckpoint(path);
    } catch (error) {
      expect((error as DataError).help).toMatch(/previous checkpoint/);
    }
  });

  it("refuse a file truncated at any length", () => {
    const path = save(1);
    for (let length = readFileSync(path).length - 1; length >= 0; length--) {
      truncateSync(path, length);
      expect(() => loadCheckpoint(path)).toThrow(/is damaged: the checksum does not match/);
    }
  });

  it("refuse altered metadata even when the layout is right", () => {
    const path = save(1);
    const file = decodeSafetensors(readFileSync(path));
    const rewrite = (metadata: Record<string, string>): void =>
      writeFileSync(path, Buffer.concat(encodeSafetensors({ ...file, metadata })));
    rewrite({ ...file.metadata });
    expect(loadCheckpoint(path).step).toBe(1);
    rewrite({ ...file.metadata, step: "2" });
    expect(() => loadCheckpoint(path)).toThrow(/checksum/);
    rewrite({ ...file.metadata, "extra.more": "1" });
    expect(() => loadCheckpoint(path)).toThrow(/checksum/);
    rewrite({ ...file.metadata, format: "gantry-checkpoint/2" });
    expect(() => loadCheckpoint(path)).toThrow(/format gantry-checkpoint\/2; this version reads gantry-checkpoint\/1/);
    rewrite({ format: "pt" });
    expect(() => loadCheckpoint(path)).toThrow(/not a Gantry checkpoint/);
  });

  it("name a missing file", () => {
    expect(() => loadCheckpoint(join(dir, "none.safetensors"))).toThrow(/none\.safetensors: no such file/);
  });

  it("refuse to save impossible numbers", () => {
    expect(() => saveCheckpoint(dir, "x", { ...snapshot(1), images: Number.NaN })).toThrow(/images is NaN/);
  });

  it("keep the last good one when the disk fills up", () => {
    const good = save(1);
    let room = 100;
    const small: FileSystem = {
      ...diskFileSystem,
      write(fd, bytes) {
        if (room === 0) throw Object.assign(new Error(), { code: "ENOSPC" });
        const taken = diskFileSystem.write(fd, bytes.subarray(0, room));
        room -= taken;
        return taken;
      },
    };
    expect(() => saveCheckpoint(dir, checkpointName(2), snapshot(2), small)).toThrow(/step-00000002.*the disk is full/);
    expect(readdirSync(dir)).toEqual(["step-00000001.safetensors"]);
    expect(loadLatest(dir).checkpoint?.path).toBe(good);
  });

  it("keep the last good one on a real full disk", (context) => {
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", dir], { stdio: "ignore" });
    } catch {
      return context.skip("a small tmpfs cannot be mounted here (needs root)");
    }
    try {
      saveCheckpoint(dir, checkpointName(1), snapshot(1, 30_000));
      expect(() => saveCheckpoint(dir, checkpointName(2), snapshot(2, 40_000))).toThrow(/the disk is full/);
      expect(loadLatest(dir)).toMatchObject({ checkpoint: { step: 1 }, problems: [] });
      pruneCheckpoints(dir, { keepLast: 1, keep: [] });
      expect(saveCheckpoint(dir, checkpointName(2), snapshot(2, 20_000)).name).toBe("step-00000002");
    } finally {
      execFileSync("umount", [dir]);
    }
  });
});

describe("listCheckpoints", () => {
  it("orders by step, also where names are longer or free, and needs no directory", () => {
    for (const step of [123_456_789, 20, 100]) save(step);
    saveCheckpoint(dir, "best", snapshot(50));
    writeFileSync(join(dir, "broken.safetensors"), "x");
    writeFileSync(join(dir, ".step-1.safetensors.1-a.tmp"), "x");
    expect(listCheckpoints(dir).map(({ name, step }) => [name, step])).toEqual([
      ["broken", null],
      ["step-00000020", 20],
      ["best", 50],
      ["step-00000100", 100],
      ["step-123456789", 123_456_789],
    ]);
    expect(listCheckpoints(join(dir, "none"))).toEqual([]);
  });
});

describe("findCheckpoint", () => {
  it("takes the best by the record of the latest", () => {
    save(400);
    expect(() => findCheckpoint(dir, "best")).toThrow("the run keeps none");
    const record = (step: number, best: object) =>
      saveCheckpoint(dir, checkpointName(step), { ...snapshot(step), extra: { best: JSON.stringify(best) } });
    record(500, { name: checkpointName(400), value: 0.1 });
    record(600, { name: checkpointName(500), value: 0.05 });
    expect(findCheckpoint(dir, "best").name).toBe("step-00000500");
    rmSync(join(dir, "step-00000500.safetensors"));
    expect(() => findCheckpoint(dir, "best")).toThrow(ConfigError);
    expect(() => findCheckpoint(dir, "best")).toThrow('no "step-00000500" any more');
  });

  it("takes latest, a step, a name or a file name", () => {
    for (const step of [5, 400]) save(step);
    for (const wanted of ["latest", "400", "step-00000400", "step-00000400.safetensors"]) {
      expect(findCheckpoint(dir, wanted).step).toBe(400);
    }
    expect(findCheckpoint(dir, "5").step).toBe(5);
    expect(() => findCheckpoint(dir, "step-0000400")).toThrow(/Did you mean "step-00000400"/);
    expect(() => findCheckpoint(dir, "6")).toThrow(ConfigError);
    expect(() => findCheckpoint(join(dir, "none"), "latest")).toThrow(/no checkpoint "latest"/);
  });
});

describe("loadLatest", () => {
  it("takes the newest when it is good", () => {
    for (const step of [1, 2]) save(step);
    expect(loadLatest(dir)).toMatchObject({ checkpoint: { step: 2 }, problems: [] });
  });

  it("falls back to the newest good one and says what was wrong with the others", () => {
    for (const step of [1, 2, 3, 4]) save(step);
    truncateSync(join(dir, "step-00000004.safetensors"), 200);
    writeFileSync(join(dir, "step-00000003.safetensors"), "");
    const { checkpoint, problems } = loadLatest(dir);
    expect(checkpoint?.step).toBe(2);
    expect(problems).toHaveLength(2);
    expect(problems[0]).toMatch(/step-00000004.*truncated/);
    expect(problems[1]).toMatch(/step-00000003/);
  });

  it("gives null when there is none or none is good", () => {
    expect(loadLatest(dir)).toEqual({ checkpoint: null, problems: [] });
    truncateSync(save(1), 30);
    expect(loadLatest(dir)).toEqual({ checkpoint: null, problems: [expect.stringMatching(/checksum/)] });
  });
});

describe("pruneCheckpoints", () => {
  it("keeps the last ones, the named ones and files of other names; nothing goes when there are few", () => {
    for (const step of [1, 2, 3, 4, 5]) save(step);
    saveCheckpoint(dir, "mine", snapshot(1));
    expect(pruneCheckpoints(dir, { keepLast: 5, keep: [] })).toEqual([]);
    expect(pruneCheckpoints(dir, { keepLast: 2, keep: ["step-00000002"] })).toEqual(["step-00000001", "step-00000003"]);
    expect(listCheckpoints(dir).map((entry) => entry.name)).toEqual([
      "mine",
      "step-00000002",
      "step-00000004",
      "step-00000005",
    ]);
    expect(() => pruneCheckpoints(dir, { keepLast: 0, keep: [] })).toThrow(/at least one/);
  });

  it("removes what a killed process left half-written", () => {
    const dead = execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }).trim();
    save(1);
    writeFileSync(join(dir, `.step-00000002.safetensors.${dead}-abc.tmp`), "half");
    pruneCheckpoints(dir, { keepLast: 3, keep: [] });
    expect(readdirSync(dir)).toEqual(["step-00000001.safetensors"]);
  });
});
