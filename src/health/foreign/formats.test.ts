/** @file Every format: the same training, written as each trainer writes it, is read as the same history; damage is said. */

import { describe, expect, test } from "vitest";
import {
  bigganFiles,
  collapsing,
  course,
  eventFile,
  fileOf,
  mimicryConsole,
  mimicryScores,
  type Point,
  python,
  studioganLog,
  styleganMetric,
  styleganStats,
} from "../../../tests/support/foreign-logs.ts";
import { ConfigError, DataError } from "../../util/errors.ts";
import { series } from "../history.ts";
import type { ForeignLog, LogFile } from "./format.ts";
import { FORMATS, readForeign } from "./formats.ts";

const POINTS = course(300, collapsing);
const OPTIONS = JSON.stringify({ batch_size: 50, total_kimg: 1500, training_set_kwargs: { max_size: 7000 } });

const filesOf = (contents: Readonly<Record<string, string | Uint8Array>>) =>
  Object.entries(contents).map(([name, content]) => fileOf(name, content));

const csvOf = (points: readonly Point[], separator = ",", end = "\n") =>
  [
    ["iter", "G_loss", "D_loss", "FID", "note"],
    ...points.map(({ step, loss, fid }) => [
      step,
      ...(loss ?? []).map(python),
      fid === undefined ? "" : python(fid),
      '"a, b"',
    ]),
  ]
    .map((row) => row.join(separator) + end)
    .join("");

const eventsOf = (points: readonly Point[]) =>
  eventFile(
    points.map(({ step, loss, fid }) => ({
      step,
      time: 1.6e9 + 0.36 * step,
      scalars: [
        { tag: "Loss/G", value: loss?.[0] ?? 0 },
        { tag: "Loss/D", value: loss?.[1] ?? 0, as: "float" as const },
        ...(fid === undefined ? [] : [{ tag: "metrics/fid50k", value: fid, as: "content" as const }]),
        { tag: "lr", value: 1e-4 },
      ],
    })),
  );

/** The same training in every format, and the name that its metric gets. */
const WRITTEN: Readonly<Record<string, { readonly files: readonly LogFile[]; readonly fid: string }>> = {
  stylegan: {
    files: filesOf({
      "stats.jsonl": styleganStats(POINTS, 50),
      "metric-fid50k_full.jsonl": styleganMetric(POINTS, 50),
      "training_options.json": OPTIONS,
      // As in a real run directory: event files of the same numbers stand beside.
      "events.out.tfevents.1": eventsOf(POINTS),
    }),
    fid: "fid50k_full",
  },
  studiogan: { files: filesOf({ "toy.log": studioganLog(POINTS) }), fid: "fid" },
  biggan: { files: filesOf(bigganFiles(POINTS)), fid: "fid" },
  mimicry: {
    files: filesOf({
      "out.log": mimicryConsole(POINTS, "\n"),
      "fid_50k_50k.json": mimicryScores(POINTS),
      "params.json": '{"num_steps": 30000, "batch_size": 64, "n_dis": 5}',
    }),
    fid: "fid-50k-50k",
  },
  csv: { files: filesOf({ "log.csv": csvOf(POINTS) }), fid: "fid" },
  tensorboard: { files: filesOf({ "a/events.out.tfevents.1": eventsOf(POINTS) }), fid: "fid50k" },
};

const valuesOf = (readings: ForeignLog["history"]["scalars"], signal: string) =>
  series(readings, signal).map(({ step, value }) => [step, Number(value.toPrecision(4))]);

test("the list of formats has no more than is checked here", () => {
  expect(FORMATS.map(({ name }) => name).sort()).toEqual(Object.keys(WRITTEN).sort());
});

describe.each(Object.entries(WRITTEN))("%s", (format, { files, fid }) => {
  const log = readForeign(files, "there");

  test("is recognised, and read as the training it was", () => {
    expect(log.format).toBe(format);
    const rounded = (value: number) => Number(value.toPrecision(4));
    const digits = format === "biggan" ? 2 : 3;
    for (const [signal, i] of [
      ["loss/generator", 0],
      ["loss/discriminator", 1],
    ] as const) {
      const read = series(log.history.scalars, signal);
      expect(read.map(({ step }) => step)).toEqual(POINTS.map(({ step }) => step));
      for (const [at, { loss }] of POINTS.entries()) expect(read[at]!.value).toBeCloseTo(loss![i], digits);
    }
    const judged = POINTS.filter((point) => point.fid !== undefined);
    expect(valuesOf(log.history.metrics, fid)).toEqual(judged.map((point) => [point.step, rounded(point.fid!)]));
    expect(log.better[fid]).toBe("small");
    expect(log.unit).toBe("steps");
  });

  test("the times are known, where it has times", () => {
    if (format === "csv") {
      expect(log.moments).toEqual([]);
      return;
    }
    const [first, last] = [log.moments[0]!, log.moments.at(-1)!];
    expect(last.step).toBe(30_000);
    expect((last.seconds - first.seconds) / (last.step - first.step)).toBeCloseTo(
      format === "stylegan" ? 0.036 * 50 : 0.36,
      2,
    );
  });
});

describe("what else a log says", () => {
  test("StudioGAN: settings", () => {
    const { history } = readForeign(WRITTEN.studiogan!.files, "");
    expect(history.facts).toMatchObject({
      batch: 64,
      steps: 3000,
      dataCount: 50_000,
      objective: "hinge",
      shiftFree: false,
      average: true,
    });
    expect(history.scalars[0]).toMatchObject({ step: 100, images: 100 * 64 * 2 });
  });

  test("StudioGAN: the names of later versions", () => {
    const say = (text: string) => `[INFO] 2022-01-02 03:04:05 > ${text}\n`;
    const text = [
      say(
        '{\n  "adv_loss": "wasserstein",\n  "batch_size": 32,\n  "d_updates_per_step": 5,\n  "apply_g_ema": false\n}',
      ),
      say(
        "Step:    100 Progress: 0.1% Elapsed: 2 days, 1:00:00 Gen_loss: 1.5 Dis_loss: -2e-05 Cls_loss: N/A Topk:  N/A ada_p: 0.01 ",
      ),
      say("Improved Recall (Step: 100, Using train images): 0.25"),
    ].join("");
    const { history, better, moments } = readForeign([fileOf("a.log", text)], "");
    expect(history.scalars).toEqual([
      { step: 100, images: 16_000, values: { "loss/generator": 1.5, "loss/discriminator": -2e-5 } },
    ]);
    expect(history.metrics[0]?.values).toEqual({ recall: 0.25 });
    expect(better).toEqual({ recall: "large" });
    expect(history.facts).toMatchObject({ objective: "wasserstein", shiftFree: true, average: false });
    expect(moments).toEqual([{ step: 100, seconds: 49 * 3600 }]);
  });

  test("StyleGAN: images are counted where nobody says the batch; what was not measured in a tick is absent, not NaN", () => {
    const { unit, history, notes } = readForeign([fileOf("stats.jsonl", styleganStats(POINTS, 50))], "");
    expect(unit).toBe("images");
    expect(history.scalars[0]).toMatchObject({ step: 5000, images: 5000 });
    expect(Object.keys(history.scalars[0]!.values)).not.toContain("penalty/r1");
    expect(notes.join()).toContain("does not say how many images are in a batch");
  });

  test("R3GAN: signs of differences are areas under the curve; the objective ignores shifts", () => {
    const more = { "Loss/r2_penalty": 0.1, "Loss/signs/real": 0.5 };
    const paired = readForeign([fileOf("stats.jsonl", styleganStats(POINTS, 50, more))], "").history;
    expect(paired.looks[0]?.values).toEqual({ "auc/fake": 0.75 });
    expect(paired.facts.shiftFree).toBe(true);
    const plain = readForeign(
      [fileOf("stats.jsonl", styleganStats(POINTS, 50, { "Loss/signs/real": 0.5 }))],
      "",
    ).history;
    expect(plain.looks[0]?.values).toEqual({ "sign/real": 0.5 });
    expect(plain.facts.shiftFree).toBe(false);
  });

  test("BigGAN: the largest singular value of any layer, and how many images a step shows", () => {
    const { history } = readForeign(WRITTEN.biggan!.files, "");
    expect(history.looks[0]).toEqual({ step: 100, images: 100 * 256, values: { "spectral/generator": 2.01 } });
  });

  test("mimicry: all on one line; and event files, a folder for each number", () => {
    const line = readForeign([fileOf("log.txt", mimicryConsole(POINTS, " "))], "");
    expect(line.history.scalars).toHaveLength(300);
    const one = (pick: 0 | 1) =>
      eventFile(POINTS.map(({ step, loss }) => ({ step, time: step, scalars: [{ tag: "loss", value: loss![pick] }] })));
    const events = readForeign(
      filesOf({ "data/errD/events.out.tfevents.1": one(1), "data/errG/events.out.tfevents.1": one(0) }),
      "",
    );
    expect(events.format).toBe("mimicry");
    expect(events.history.scalars[9]?.values["loss/discriminator"]).toBeCloseTo(POINTS[9]!.loss![1], 5);
  });
});

describe("notations of what is not finite", () => {
  const broken: Point[] = [
    { step: 100, loss: [Number.NaN, 1] },
    { step: 200, loss: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], fid: Number.NaN },
  ];

  test.each([
    ["studiogan", filesOf({ "a.log": studioganLog(broken) })],
    ["stylegan", filesOf({ "stats.jsonl": styleganStats(broken, 1) })],
    ["biggan", filesOf(bigganFiles(broken))],
    ["mimicry", filesOf({ "a.log": mimicryConsole(broken, "\n") })],
    ["csv", filesOf({ "a.csv": csvOf(broken) })],
    ["tensorboard", filesOf({ "events.out.tfevents.1": eventsOf(broken) })],
  ])("%s", (format, files) => {
    const { history } = readForeign(files, "", { format });
    expect(series(history.scalars, "loss/generator").map(({ value }) => value)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
    const discriminator = series(history.scalars, "loss/discriminator").at(-1)?.value;
    expect(discriminator).toBe(Number.NEGATIVE_INFINITY);
  });

  test("a metric that is not a number is kept", () => {
    const { history } = readForeign(filesOf({ "a.log": studioganLog(broken) }), "");
    expect(series(history.metrics, "fid")).toMatchObject([{ value: Number.NaN }]);
  });
});

describe("a training that was broken off and went on", () => {
  const first = course(200, () => 50);
  const second = course(300, () => 10).slice(150);
  const spans: Record<string, readonly LogFile[]> = {
    studiogan: filesOf({ "a.log": studioganLog(first) + studioganLog(second) }),
    biggan: filesOf(
      Object.fromEntries(
        Object.entries(bigganFiles(first)).map(([name, text]) => [
          name,
          name === "metalog.txt" ? text : text + bigganFiles(second)[name]!,
        ]),
      ),
    ),
    mimicry: filesOf({
      "a.log": mimicryConsole(first, "\n") + mimicryConsole(second, "\n"),
      "fid_5k_5k.json": mimicryScores([...first.slice(0, 150), ...second]),
    }),
    csv: filesOf({ "a.csv": csvOf(first) + csvOf(second).split("\n").slice(1).join("\n") }),
    tensorboard: filesOf({ "events.out.tfevents.1": eventsOf(first), "events.out.tfevents.2": eventsOf(second) }),
  };

  test.each(Object.entries(spans))("%s: the later part counts", (format, files) => {
    const { history, notes } = readForeign(files, "", { format });
    expect(history.scalars.map(({ step }) => step)).toEqual(course(300, () => 0).map(({ step }) => step));
    const figures = history.metrics.map(
      ({ values }) => Object.entries(values).find(([name]) => name.startsWith("fid"))![1],
    );
    expect(figures.map(Math.round)).toEqual([...Array(15).fill(50), ...Array(15).fill(10)]);
    expect(notes.join()).toContain("goes back to an earlier step once");
  });

  test("the time of both parts counts", () => {
    const { moments } = readForeign(spans.studiogan!, "");
    // The second process began its clock again; here it goes on with the step, so it starts above 0 and counts in full.
    expect(moments.at(-1)!.seconds).toBe(20_000 * 0.36 + 30_000 * 0.36);
  });

  test("mimicry: a process that goes on in another file has not made the steps before it", () => {
    const rest = course(300, () => 10).slice(200);
    const files = filesOf({ "a.log": mimicryConsole(first, "\n"), "b.log": mimicryConsole(rest, "\n") });
    const { moments } = readForeign(files, "", { format: "mimicry" });
    expect(moments.at(-1)!.seconds).toBeCloseTo(0.36 * moments.at(-1)!.step, 3);
  });

  test("a checkpoint that is judged again at the end does not undo what came after it", () => {
    const text = `${studioganLog(POINTS)}[INFO] 2021-02-03 04:05:06 > FID score (Step: 10000, Using valid moments): 19.9\n`;
    const { history, notes } = readForeign([fileOf("a.log", text)], "");
    expect(history).toEqual(readForeign([fileOf("a.log", studioganLog(POINTS))], "").history);
    expect(notes).toContain("1 figure of steps that had been judged before: left out, the first counts");
  });
});

describe("damage", () => {
  const stats = styleganStats(POINTS, 50);
  const log = studioganLog(POINTS);

  test.each([
    ["StyleGAN", fileOf("stats.jsonl", stats.slice(0, -40)), 299],
    ["StudioGAN", fileOf("a.log", log.slice(0, log.lastIndexOf("Step:  ") + 90)), 299],
    ["mimicry", fileOf("a.log", mimicryConsole(POINTS, " ").slice(0, -100)), 299],
    ["a table", fileOf("a.csv", csvOf(POINTS).slice(0, -30)), 299],
    ["TensorBoard", fileOf("events.out.tfevents.1", eventsOf(POINTS).slice(0, -20)), 299],
  ])("%s: a torn end is left out, and said", (_, file, count) => {
    const { history, notes } = readForeign([file], "");
    expect(history.scalars).toHaveLength(count);
    expect(notes.join()).toContain("torn");
  });

  test.each([
    ["CRLF", fileOf("a.log", log.replaceAll("\n", "\r\n"), 7)],
    ["a byte order mark", fileOf("a.log", `\ufeff${log}`)],
    ["UTF-16, as PowerShell writes it", fileOf("a.log", utf16(`\ufeff${log}`), 7)],
  ])("%s changes nothing", (_, file) => {
    expect(readForeign([file], "").history).toEqual(readForeign(WRITTEN.studiogan!.files, "").history);
  });

  test("lines that cannot be read are counted, and the first is named", () => {
    const { history, notes } = readForeign(
      [fileOf("stats.jsonl", `${stats}###\n{"a": 1}\n${stats.split("\n")[0]}x\n`)],
      "",
    );
    expect(history.scalars).toHaveLength(300);
    expect(notes.join()).toContain("3 lines cannot be read and were passed over, the first: stats.jsonl line 301");
  });

  test("an event file is read up to where its checksums stop to match", () => {
    const bytes = eventsOf(POINTS);
    bytes[Math.round(bytes.length / 2)]! ^= 1;
    const { history, notes } = readForeign([fileOf("events.out.tfevents.1", bytes, 1000)], "");
    expect(history.scalars.length).toBeGreaterThan(120);
    expect(history.scalars.length).toBeLessThan(180);
    expect(notes.join()).toMatch(/damaged at byte \d+/);
  });

  test.each([
    ["an empty file", [fileOf("a.log", "")], {}, "the file is empty"],
    ["an empty table, named so", [fileOf("a.csv", "")], { format: "csv" }, "a.csv is empty"],
    ["an empty folder", [], {}, "holds no file of a log"],
    [
      "garbage",
      [
        fileOf(
          "a.log",
          Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 251),
        ),
      ],
      {},
      "the file is not text",
    ],
    ["other text", [fileOf("a.txt", "It was a dark and stormy night.\n")], {}, "text of another kind"],
    [
      "garbage named as events",
      [fileOf("events.out.tfevents.1", new Uint8Array(64).fill(9))],
      {},
      "checksum of its first record",
    ],
    ["events without numbers", [fileOf("events.out.tfevents.1", eventFile([]))], {}, "no number can be read"],
    ["several trainings", filesOf({ "a.log": log, "b.log": log }), {}, "holds 2 logs: a.log, b.log"],
    [
      "several run directories",
      filesOf({ "a/stats.jsonl": stats, "b/stats.jsonl": stats }),
      {},
      "2 trainings: a/stats",
    ],
    [
      "event files of several trainings",
      filesOf({ "a/tfevents": eventsOf(POINTS), "b/tfevents": eventsOf(POINTS) }),
      {},
      "of 2 trainings: a, b",
    ],
    [
      "several formats",
      [...WRITTEN.stylegan!.files, ...WRITTEN.studiogan!.files],
      {},
      "several formats: stylegan, studiogan",
    ],
    [
      "a log without a number",
      [fileOf("a.log", log.split("\n").slice(0, 3).join("\n"))],
      {},
      "holds no number that is known",
    ],
    [
      "a format that it is not",
      filesOf({ "b/a.csv": csvOf(POINTS), "c.csv": "" }),
      { format: "biggan" },
      "holds no log of the format biggan",
    ],
    ["a table without a known column", [fileOf("a.csv", "a,b\n1,2\n")], {}, "no column is a loss or a metric"],
    ["a table of one column", [fileOf("a.csv", "loss\n1\n")], { format: "csv" }, "its first row has one cell"],
  ] as const)("%s is refused in words", (_, files, options, message) => {
    const read = () => readForeign(files, "there", options);
    expect(read).toThrow(DataError);
    expect(read).toThrow(message);
  });

  test("columns of a format whose columns are known are a wrong option", () => {
    const read = () => readForeign([fileOf("a.log", log)], "there", { columns: [] });
    expect(read).toThrow(ConfigError);
  });

  test("a mistyped format is a wrong option", () => {
    const read = () => readForeign([], "there", { format: "stylgan" });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow('Did you mean "stylegan"?');
  });
});

function utf16(text: string): Uint8Array {
  const codes = Uint16Array.from(text, (char) => char.charCodeAt(0));
  return new Uint8Array(codes.buffer);
}
