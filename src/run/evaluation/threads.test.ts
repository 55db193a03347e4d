/** @file More threads than any machine has are refused before anything is read. */

import { describe, expect, it } from "vitest";
import { requireThreads } from "../../util/threads.ts";
import { evaluate } from "./evaluate.ts";
import { statistics } from "./statistics.ts";

describe("threads", () => {
  it("are from 1 to 256, or left out", () => {
    for (const threads of [undefined, 1, 256]) expect(() => requireThreads(threads)).not.toThrow();
    for (const threads of [0, 257, 1.5, Number.NaN]) expect(() => requireThreads(threads)).toThrow("from 1 to 256");
  });

  it("are looked at first: before a source that is not there", async () => {
    await expect(evaluate("absent.npy", { threads: 100_000 })).rejects.toThrow("threads must be");
    await expect(statistics("absent.npy", { out: "x.npz", threads: 100_000 })).rejects.toThrow("threads must be");
    await expect(statistics("absent.npy", { out: "x.npz", threads: 1 })).rejects.toThrow("absent.npy");
  });
});
