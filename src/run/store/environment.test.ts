import { readFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { describeEnvironment, onnxruntimeVersion, packageVersion } from "./environment.ts";

afterEach(() => vi.unstubAllEnvs());

function versionIn(path: string): string {
  return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
}

describe("describeEnvironment", () => {
  it("names versions and hardware", () => {
    const now = new Date("2026-11-23T07:00:00.000Z");
    const environment = describeEnvironment(now);
    expect(environment).toMatchObject({
      date: "2026-11-23T07:00:00.000Z",
      gantry: versionIn("../../../package.json"),
      onnxruntime: versionIn("../../../node_modules/onnxruntime-node/package.json"),
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
    });
    expect(environment.cores).toBeGreaterThan(0);
    expect(environment.memoryMiB).toBeGreaterThan(64);
    expect(environment.cpu).not.toBe("");
    expect(packageVersion()).toBe(environment.gantry);
    expect(onnxruntimeVersion()).toBe(environment.onnxruntime);
  });

  it("holds only the thread variables that are set", () => {
    vi.stubEnv("OMP_NUM_THREADS", "3");
    vi.stubEnv("MKL_NUM_THREADS", undefined);
    vi.stubEnv("SECRET_TOKEN", "secret");
    const environment = describeEnvironment();
    expect(environment.threads.OMP_NUM_THREADS).toBe("3");
    expect(environment.threads).not.toHaveProperty("MKL_NUM_THREADS");
    expect(JSON.stringify(environment)).not.toContain("secret");
  });

  it("names no path of the machine and not its name", () => {
    const text = JSON.stringify(describeEnvironment());
    for (const place of [process.cwd(), homedir(), tmpdir(), process.execPath]) expect(text).not.toContain(place);
    expect(text).not.toContain(hostname());
  });
});
