import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskFileSystem, type FileSystem } from "./atomic-file.ts";
import {
  followEvents,
  indexLog,
  keepEvents,
  linesUntilCheckpoint,
  linesUntilRemedy,
  openEventLog,
  readEvents,
  readFirst,
  readTail,
} from "./event-log.ts";
import type { RunEvent, RunEventInput } from "./events.ts";
import { supersededPath } from "./json-lines.ts";

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "gantry-log-"));
  path = join(dir, "events.jsonl");
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function scalars(step: number, loss = step / 3): RunEventInput {
  return { type: "scalars", step, images: step * 64, values: { loss } };
}

function note(step: number, message = "größe"): RunEventInput {
  return { type: "note", step, images: step * 64, level: "info", message };
}

function write(...events: RunEventInput[]): void {
  const log = openEventLog(path);
  for (const event of events) log.append(event);
  log.close();
}

function steps(file = path): number[] {
  return [...readEvents(file)].map((event) => event.step);
}

describe("openEventLog", () => {
  it("appends lines that can be read back, across two openings", () => {
    const log = openEventLog(path);
    const first = log.append(scalars(1, Number.NaN));
    expect([...readEvents(path)]).toEqual([first]);
    log.append(note(2));
    log.sync();
    log.close();
    write(scalars(3));
    expect(steps()).toEqual([1, 2, 3]);
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(4);
  });

  it("writes each line with one write", () => {
    const writes: string[] = [];
    const spy: FileSystem = {
      ...diskFileSystem,
      write: (fd, bytes) => {
        writes.push(Buffer.from(bytes).toString());
        return diskFileSystem.write(fd, bytes);
      },
    };
    const log = openEventLog(path, spy);
    log.append(scalars(1));
    log.append(scalars(2));
    log.close();
    expect(writes).toHaveLength(2);
    expect(writes.every((text) => text.endsWith("}\n"))).toBe(true);
  });

  it("cuts off a torn last line wherever it is torn, and nothing else", () => {
    write(scalars(1), note(2));
    const whole = readFileSync(path);
    const first = whole.indexOf("\n") + 1;
    for (let length = whole.length - 1; length >= first; length--) {
      writeFileSync(path, whole.subarray(0, length));
      expect(steps()).toEqual([1]);
      openEventLog(path).close();
      expect(readFileSync(path).equals(whole.subarray(0, first))).toBe(true);
    }
    writeFileSync(path, whole);
    openEventLog(path).close();
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  it("cuts off a torn line longer than a block, and one that is all there is", () => {
    write(scalars(1));
    const good = readFileSync(path);
    appendFileSync(path, "x".repeat(2_500_000));
    openEventLog(path).close();
    expect(readFileSync(path).equals(good)).toBe(true);
    writeFileSync(path, "\0\0\0\0");
    expect(steps()).toEqual([]);
    openEventLog(path).close();
    expect(statSync(path).size).toBe(0);
  });

  it("takes a half-written line back when the disk fills up, and goes on when there is room", () => {
    let room = Number.POSITIVE_INFINITY;
    const small: FileSystem = {
      ...diskFileSystem,
      write(fd, bytes) {
        if (room === 0) throw Object.assign(new Error(), { code: "ENOSPC" });
        const taken = diskFileSystem.write(fd, bytes.subarray(0, room));
        room -= taken;
        return taken;
      },
    };
    const log = openEventLog(path, small);
    log.append(scalars(1));
    const size = statSync(path).size;
    room = 10;
    expect(() => log.append(scalars(2))).toThrow(`cannot write ${path}: the disk is full`);
    expect(statSync(path).size).toBe(size);
    room = Number.POSITIVE_INFINITY;
    log.append(scalars(3));
    log.close();
    expect(steps()).toEqual([1, 3]);
  });

  it("names a missing directory", () => {
    expect(() => openEventLog(join(dir, "none/events.jsonl"))).toThrow(/cannot open .*none\/events.jsonl/);
  });
});

describe("readEvents", () => {
  it("names the line number of a corrupt line in the middle, after giving the lines before it", () => {
    write(scalars(1), scalars(2), scalars(3));
    const lines = readFileSync(path, "utf8").split("\n");
    lines[1] = (lines[1] as string).slice(0, -5);
    writeFileSync(path, lines.join("\n"));
    const events = readEvents(path);
    expect(events.next().value).toMatchObject({ step: 1 });
    expect(() => events.next()).toThrow(`${path} line 2 cannot be read`);
  });

  it("refuses a missing file by name", () => {
    expect(() => steps()).toThrow(/cannot read .*events.jsonl: no such file/);
  });

  it("reads lines that span blocks", () => {
    const long = "ü".repeat(700_000);
    write(note(1, long), note(2, long), note(3, "x"));
    expect([...readEvents(path)].map((event) => event.type === "note" && event.message.length)).toEqual([
      700_000, 700_000, 1,
    ]);
  });
});

describe("readTail and readFirst", () => {
  it("read the ends of a log only", () => {
    write(...Array.from({ length: 100 }, (_, i) => scalars(i)));
    const tail = readTail(path, 1000);
    expect(tail.whole).toBe(false);
    expect(tail.events.length).toBeGreaterThan(3);
    expect(tail.events.map((event) => event.step)).toEqual(
      Array.from({ length: tail.events.length }, (_, i) => 100 - tail.events.length + i),
    );
    expect(readTail(path, 1e6)).toMatchObject({ whole: true, events: { length: 100 } });
    expect(readFirst(path)?.step).toBe(0);
  });

  it("make do with missing, empty, torn and corrupt logs", () => {
    expect(readTail(path, 100)).toEqual({ events: [], whole: true });
    expect(readFirst(path)).toBeNull();
    writeFileSync(path, "");
    expect(readFirst(path)).toBeNull();
    write(scalars(1));
    appendFileSync(path, "corrupt\n");
    write(scalars(2));
    appendFileSync(path, '{"v":1');
    expect(readTail(path, 1e6).events.map((event) => event.step)).toEqual([1, 2]);
  });
});

describe("keepEvents", () => {
  it("keeps the first lines, byte for byte, and moves the others beside the log", () => {
    write(scalars(100), note(200), scalars(200));
    const kept = readFileSync(path);
    write(scalars(201), note(300));
    expect(keepEvents(path, 3)).toEqual({ kept: 3, moved: 2 });
    expect(readFileSync(path).equals(kept)).toBe(true);
    expect(steps(supersededPath(path))).toEqual([201, 300]);
    expect(supersededPath(path)).toBe(join(dir, "events.superseded.jsonl"));
    expect(keepEvents(path, 0)).toEqual({ kept: 0, moved: 3 });
    expect(steps(supersededPath(path))).toEqual([201, 300, 100, 200, 200]);
    expect(steps()).toEqual([]);
  });

  it("touches nothing when there is nothing behind", () => {
    write(scalars(100), scalars(200));
    const inode = statSync(path).ino;
    expect(keepEvents(path, 2)).toEqual({ kept: 2, moved: 0 });
    expect(keepEvents(path, 9)).toEqual({ kept: 2, moved: 0 });
    expect(statSync(path).ino).toBe(inode);
    expect(() => statSync(supersededPath(path))).toThrow(/ENOENT/);
    expect(keepEvents(join(dir, "none"), 1)).toEqual({ kept: 0, moved: 0 });
  });

  it("drops a torn line", () => {
    write(scalars(1), scalars(9));
    appendFileSync(path, '{"v":1,"ty');
    expect(keepEvents(path, 1)).toEqual({ kept: 1, moved: 1 });
    expect(steps()).toEqual([1]);
    expect(readFileSync(path, "utf8").endsWith("}\n")).toBe(true);
  });
});

const checkpoint = (step: number): RunEventInput => ({
  type: "checkpoint",
  step,
  images: step * 64,
  path: `c/${step}`,
});
const status = (step: number): RunEventInput => ({
  type: "status",
  step,
  images: step * 64,
  status: "running",
  reason: "",
});
const remedy = (step: number, backTo: number): RunEventInput => ({
  type: "remedy",
  step,
  images: step * 64,
  name: "r1",
  finding: "oscillation",
  why: "",
  changes: [],
  attempt: 1,
  backTo,
});

describe("where a log is cut", () => {
  it("is behind the checkpoint gone on from, and what is said of the process there", () => {
    write(scalars(10), checkpoint(10), status(10), note(10), scalars(20), checkpoint(20), note(30), checkpoint(20));
    const index = indexLog(path);
    expect(linesUntilCheckpoint(index, "c/10", 10, 0)).toBe(4);
    // A note of a later step will be written again.
    expect(linesUntilCheckpoint(index, "c/20", 20, 0)).toBe(8);
  });

  it("is told by the number of remedies, since steps begin again lower", () => {
    write(
      scalars(10),
      checkpoint(10),
      scalars(20),
      checkpoint(20),
      remedy(25, 10),
      checkpoint(10),
      scalars(20),
      checkpoint(20),
    );
    const index = indexLog(path);
    expect(index.remedies).toHaveLength(1);
    expect([0, 1].map((remedies) => linesUntilCheckpoint(index, "c/10", 10, remedies))).toEqual([2, 6]);
    expect([0, 1].map((remedies) => linesUntilCheckpoint(index, "c/20", 20, remedies))).toEqual([4, 8]);
    expect(linesUntilRemedy(index, 10)).toBe(5);
  });

  it("is found by the steps where no event names the checkpoint, and refused at a corrupt line", () => {
    write(scalars(10), scalars(20), scalars(30));
    expect(linesUntilCheckpoint(indexLog(path), "c/20", 20, 0)).toBe(2);
    expect(linesUntilCheckpoint(indexLog(join(dir, "none")), "c/20", 20, 0)).toBe(0);
    appendFileSync(path, "corrupt\n");
    expect(() => indexLog(path)).toThrow(/line 4/);
  });

  it("makes the log of a killed and resumed run that of one never killed", () => {
    const run = (from: number, to: number, file: string): void => {
      const log = openEventLog(file);
      if (from > 0) log.append({ type: "resume", step: from, images: from * 64, checkpoint: "x" });
      for (let step = from + 1; step <= to; step++) log.append(scalars(step));
      log.close();
    };
    const comparable = (file: string): unknown[] =>
      [...readEvents(file)].filter((event) => event.type !== "resume").map(({ time, ...rest }) => rest);
    const straight = join(dir, "straight.jsonl");
    run(0, 30, straight);
    run(0, 17, path);
    truncateSync(path, statSync(path).size - 9);
    keepEvents(path, linesUntilCheckpoint(indexLog(path), "x", 10, 0));
    run(10, 12, path);
    keepEvents(path, linesUntilCheckpoint(indexLog(path), "x", 10, 0));
    run(10, 30, path);
    expect(comparable(path)).toEqual(comparable(straight));
    expect([...readEvents(path)].filter((event) => event.type === "resume")).toHaveLength(2);
  });
});

describe("followEvents", () => {
  /** Follows into an array until told to stop. */
  function follow(): { got: RunEvent[]; stop(): Promise<void>; has(count: number): Promise<number[]> } {
    const abort = new AbortController();
    const got: RunEvent[] = [];
    const done = (async () => {
      for await (const event of followEvents(path, abort.signal)) got.push(event);
    })();
    done.catch(() => {});
    return {
      got,
      async has(count) {
        const deadline = Date.now() + 5000;
        while (got.length < count && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10));
        return got.map((event) => event.step);
      },
      stop() {
        abort.abort();
        return done;
      },
    };
  }
  const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 250));

  it("yields what is there and what is appended, also when the file comes later, and ends on abort", async () => {
    const follower = follow();
    await pause();
    write(scalars(1), scalars(2));
    expect(await follower.has(2)).toEqual([1, 2]);
    write(note(3));
    expect(await follower.has(3)).toEqual([1, 2, 3]);
    await follower.stop();
    write(note(4));
    await pause();
    expect(follower.got).toHaveLength(3);
  });

  it("waits for the rest of a line, and forgets a torn one that is cut off", async () => {
    write(scalars(1));
    const follower = follow();
    const whole = readFileSync(path, "utf8");
    appendFileSync(path, whole.slice(0, 20));
    await pause();
    expect(await follower.has(1)).toEqual([1]);
    appendFileSync(path, whole.slice(20));
    expect(await follower.has(2)).toEqual([1, 1]);
    appendFileSync(path, whole.slice(0, 30));
    await pause();
    write(scalars(2));
    expect(await follower.has(3)).toEqual([1, 1, 2]);
    await follower.stop();
  });

  it("yields only what is new after the log was cut back", async () => {
    write(scalars(1), scalars(2), scalars(3), scalars(4));
    const follower = follow();
    expect(await follower.has(4)).toEqual([1, 2, 3, 4]);
    keepEvents(path, 2);
    write({ type: "resume", step: 2, images: 128, checkpoint: "x" }, scalars(3), scalars(4), scalars(5));
    expect(await follower.has(8)).toEqual([1, 2, 3, 4, 2, 3, 4, 5]);
    expect(follower.got[4]?.type).toBe("resume");
    await pause();
    expect(follower.got).toHaveLength(8);
    await follower.stop();
  });

  it("ends with an error at a corrupt line", async () => {
    write(scalars(1));
    appendFileSync(path, "corrupt\n");
    const follower = follow();
    await pause();
    await expect(follower.stop()).rejects.toThrow(/events.jsonl line 2/);
    expect(follower.got).toHaveLength(1);
  });
});
