/** @file Logs as other trainers write them, made here: of trainings whose course is stated, so that what is read can be checked. */

import type { LogFile } from "../../src/health/foreign/format.ts";
import { maskedChecksum } from "../../src/health/foreign/tf-records.ts";

/** A file in memory, its bytes in blocks of `block`: small ones show what depends on where they end. */
export function fileOf(name: string, content: string | Uint8Array, block = 4096): LogFile {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    name,
    *blocks() {
      for (let at = 0; at < bytes.length; at += block) yield bytes.subarray(at, at + block);
    },
  };
}

/** One point of a training: losses every few steps, metrics now and then. */
export interface Point {
  readonly step: number;
  readonly loss?: readonly [generator: number, discriminator: number];
  readonly fid?: number;
}

/** A training of `length` points, 100 steps apart, judged at every tenth: `fid` says how, from the number of the evaluation. */
export function course(length: number, fid: (evaluation: number) => number): Point[] {
  return Array.from({ length }, (_, i) => ({
    step: 100 * (i + 1),
    loss: [1 + 0.1 * Math.sin(i), 0.7 + 0.1 * Math.cos(3 * i)] as const,
    ...((i + 1) % 10 === 0 && { fid: fid((i + 1) / 10) }),
  }));
}

/** Falls to 20 at the tenth evaluation; from the sixteenth on the samples get worse. */
export const collapsing = (evaluation: number): number =>
  evaluation < 16 ? Math.max(20, 100 - 8 * evaluation) : 20 * (evaluation - 13);

/** Numbers as Python prints them. */
export function python(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

/** Numbers as Python's json module writes them. */
export function pythonJson(value: unknown): string {
  const held: string[] = [];
  const text = JSON.stringify(value, (_key, part: unknown) => {
    if (typeof part !== "number" || Number.isFinite(part)) return part;
    held.push(Number.isNaN(part) ? "NaN" : part > 0 ? "Infinity" : "-Infinity");
    return `@${held.length - 1}@`;
  });
  return text.replace(/"@(\d+)@"/g, (_, i: string) => held[Number(i)] as string);
}

const clock = (seconds: number) => {
  const two = (n: number) => String(n).padStart(2, "0");
  const days = Math.floor(seconds / 86400);
  const time = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days === 0 ? time : `${days} day${days === 1 ? "" : "s"}, ${time}`;
};

/** As PyTorch-StudioGAN writes it; a step takes 0.36 seconds, so ten thousand an hour. */
export function studioganLog(points: readonly Point[]): string {
  const line = (text: string) => `[INFO] 2021-02-03 04:05:06 > ${text}\n`;
  let text = line("Run name : toy-train-2021_02_03_04_05_06");
  text += line(
    '{\n  "batch_size4prcsing": 256,\n  "optimization": {\n    "batch_size": 64,\n    "d_steps_per_iter": 2,',
  );
  text += '    "total_step": 3000\n  },\n  "loss_function": {\n    "adv_loss": "hinge",\n    "ema": true\n  }\n}\n';
  text += line("Train dataset size : 50000") + line("Start training....");
  for (const { step, loss, fid } of points) {
    if (loss !== undefined) {
      const [generator, discriminator] = loss.map(python);
      text += line(
        `Step: ${String(step).padStart(7)} Progress: 0.1% Elapsed: ${clock(Math.round(0.36 * step))} temperature: No ada_p: No Discriminator_loss: ${discriminator} Generator_loss: ${generator} `,
      );
    }
    if (fid !== undefined) {
      text += line(`FID score (Step: ${step}, Using valid moments): ${python(fid)}`);
      text += line(`Inception score (Step: ${step}, 10000 generated images): ${python(200 / fid)}`);
      text += line("Best FID score (Step: 100, Using valid moments): 1.0");
    }
  }
  return text;
}

/** stats.jsonl as the StyleGAN trainers write it, `batch` images a step; a thousand images take 36 seconds. */
export function styleganStats(points: readonly Point[], batch: number, more: Record<string, number> = {}): string {
  const stat = (mean: number, num = 100) => ({ num, mean, std: 0.1 });
  return points
    .map(({ step, loss }) => {
      const kimg = (step * batch) / 1000;
      const fields = {
        "Loss/G/loss": stat(loss?.[0] ?? Number.NaN),
        "Loss/D/loss": stat(loss?.[1] ?? Number.NaN),
        "Loss/D/reg": stat(Number.NaN, 0),
        "Loss/r1_penalty": stat(Number.NaN, 0),
        ...Object.fromEntries(Object.entries(more).map(([name, mean]) => [name, stat(mean)])),
        "Progress/kimg": stat(kimg, 1),
        timestamp: 1.6e9 + 36 * kimg,
      };
      return `${pythonJson(fields)}\n`;
    })
    .join("");
}

/** metric-fid50k_full.jsonl, with the snapshot's name as the only clue to the time. */
export function styleganMetric(points: readonly Point[], batch: number): string {
  return points
    .flatMap(({ step, fid }) => {
      if (fid === undefined) return [];
      const kimg = String(Math.round((step * batch) / 1000)).padStart(6, "0");
      const line = {
        results: { fid50k_full: fid },
        metric: "fid50k_full",
        snapshot_pkl: `network-snapshot-${kimg}.pkl`,
      };
      return [`${pythonJson(line)}\n`];
    })
    .join("");
}

/** The files of BigGAN-PyTorch. */
export function bigganFiles(points: readonly Point[]): Record<string, string> {
  const number = (pick: (point: Point) => number | undefined) =>
    points
      .flatMap((point) => {
        const value = pick(point);
        return value === undefined
          ? []
          : [`${point.step}: ${Number.isFinite(value) ? value.toExponential(3) : python(value)}\n`];
      })
      .join("");
  return {
    "G_loss.log": number(({ loss }) => loss?.[0]),
    "D_loss_real.log": number(({ loss }) => loss && 0.25 * loss[1]),
    "D_loss_fake.log": number(({ loss }) => loss && 0.75 * loss[1]),
    "G_linear_sv0.log": number(({ step }) => 2 + step / 1e4),
    "G_output_sv0.log": number(() => 1.5),
    "toy_log.jsonl": points
      .flatMap(({ step, fid }) =>
        fid === undefined
          ? []
          : [`${pythonJson({ itr: step, IS_mean: 200 / fid, IS_std: 0.1, FID: fid, _stamp: 1.6e9 + 0.36 * step })}\n`],
      )
      .join(""),
    "metalog.txt": "datetime: 2020-01-02\nconfig: {'batch_size': 16, 'num_D_steps': 2, 'num_D_accumulations': 8}\n",
  };
}

/** What mimicry prints, 0.36 seconds a step: each number on a line of its own, or all on one, as people paste it. */
export function mimicryConsole(points: readonly Point[], separator: "\n" | " "): string {
  return points
    .map(({ step, loss }) => {
      const [generator, discriminator] = loss ?? [Number.NaN, Number.NaN];
      const parts = [
        `INFO: [Epoch 1/127][Global Step: ${step}/3000] `,
        "D(G(z)): 0.4",
        "D(x): 0.6",
        `errD: ${python(discriminator)}`,
        `errG: ${python(generator)}`,
        "lr_D: 0.0002",
        "lr_G: 0.0002",
        "(0.3600 sec/idx)",
      ];
      return `${parts.join(`${separator}| `)}\n`;
    })
    .join("");
}

/** fid_50k_50k.json of mimicry: by step, a figure for each of three seeds. */
export function mimicryScores(points: readonly Point[]): string {
  const scores = points.flatMap(({ step, fid }) => (fid === undefined ? [] : [[step, [fid - 1, fid, fid + 1]]]));
  return JSON.stringify(Object.fromEntries(scores), null, 4);
}

/** A number in an event file: simple, or as a tensor of one element. */
export type Scalar = {
  readonly tag: string;
  readonly value: number;
  readonly as?: "simple" | "float" | "content" | "half";
};

/** A TensorBoard event file. */
export function eventFile(
  events: readonly {
    readonly step: number;
    readonly time: number;
    readonly scalars?: readonly Scalar[];
    readonly start?: true;
  }[],
): Uint8Array {
  const records = events.map(({ step, time, scalars, start }) =>
    record(
      bytesOf([
        field(1, 1, float64(time)),
        field(2, 0, varint(step)),
        ...(start ? [message(7, field(1, 0, [1]))] : []),
        ...(scalars === undefined
          ? []
          : [
              message(
                5,
                scalars.flatMap((scalar) => message(1, scalarBytes(scalar))),
              ),
            ]),
      ]),
    ),
  );
  const version = record(bytesOf([field(1, 1, float64(events[0]?.time ?? 0)), message(3, text("brain.Event:2"))]));
  return bytesOf([version, ...records]);
}

const HALF_ONE_AND_A_HALF = 0x3e00;

function scalarBytes({ tag, value, as = "simple" }: Scalar): number[] {
  const tensor = {
    simple: () => field(2, 5, float32(value)),
    float: () => message(8, [...field(1, 0, [1]), ...message(5, float32(value))]),
    content: () => message(8, [...field(1, 0, [2]), ...message(4, float64(value))]),
    half: () => message(8, [...field(1, 0, [19]), ...message(13, varint(HALF_ONE_AND_A_HALF))]),
  };
  return [...message(1, text(tag)), ...tensor[as]()];
}

function record(data: Uint8Array): number[] {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, data.length, true);
  return [...length, ...uint32(maskedChecksum(length)), ...data, ...uint32(maskedChecksum(data))];
}

const bytesOf = (parts: readonly (Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (value: string) => [...new TextEncoder().encode(value)];
const field = (id: number, kind: number, value: readonly number[]) => [8 * id + kind, ...value];
const message = (id: number, value: readonly number[]) => [8 * id + 2, ...varint(value.length), ...value];

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function view(size: number, write: (view: DataView) => void): number[] {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return [...bytes];
}

const float64 = (value: number) => view(8, (at) => at.setFloat64(0, value, true));
const float32 = (value: number) => view(4, (at) => at.setFloat32(0, value, true));
const uint32 = (value: number) => view(4, (at) => at.setUint32(0, value, true));
