/** @file Tables and event files, whose columns and tags have any names: which are what, by their names or as a person says. */

import { describe, expect, test } from "vitest";
import { eventFile, fileOf } from "../../../tests/support/foreign-logs.ts";
import { ConfigError } from "../../util/errors.ts";
import { diagnose } from "../diagnoses.ts";
import { parseColumns } from "./columns.ts";
import { readForeign } from "./formats.ts";

describe("tables", () => {
  const read = (text: string, columns?: string) =>
    readForeign([fileOf("a.csv", text)], "a.csv", {
      format: "csv",
      ...(columns !== undefined && { columns: parseColumns(columns) }),
    });

  test("a person says what the columns are", () => {
    const { history, better } = read(
      "n;a;b;q\n10;1;2;0.5\n20;3;4;0.6\n",
      "step=n,loss/generator=a,loss/discriminator=b,recall=q",
    );
    expect(history.scalars).toEqual([
      { step: 10, images: 10, values: { "loss/generator": 1, "loss/discriminator": 2 } },
      { step: 20, images: 20, values: { "loss/generator": 3, "loss/discriminator": 4 } },
    ]);
    expect(history.metrics.map(({ values }) => values)).toEqual([{ recall: 0.5 }, { recall: 0.6 }]);
    expect(better).toEqual({ recall: "large" });
  });

  test("of two columns that are one metric the first is read, and the other named", () => {
    const text = "step,fid,val/fid\n10,40,90\n20,30,95\n";
    const { history, notes } = read(text);
    expect(history.metrics.map(({ values }) => values)).toEqual([{ fid: 40 }, { fid: 30 }]);
    expect(notes).toContain('column "val/fid" was left out, as "fid" is fid, too: --columns says which to read');
    const chosen = read(text, "fid=val/fid");
    expect(chosen.history.metrics.map(({ values }) => values)).toEqual([{ fid: 90 }, { fid: 95 }]);
    expect(chosen.notes.join()).not.toContain("left out");
  });

  test("of two columns of one name the first is read; escapes of a file are not shown", () => {
    const { history, notes } = read("step,fid,fid\n10,40,90\n20,30,95\n");
    expect(history.metrics.map(({ values }) => values)).toEqual([{ fid: 40 }, { fid: 30 }]);
    expect(notes.join()).toContain('column "fid" was left out, as another of that name is fid, too');
    const escaped = read("step,fid,\u001b[2J/fid\n10,40,90\n20,30,95\n").notes.join();
    expect(escaped).toContain('"\ufffd[2J/fid" was left out');
    expect(escaped).not.toContain("\u001b");
  });

  test("a column that is measured at looks does not hide what the others show", () => {
    const rows = Array.from({ length: 60 }, (_, i) => `${100 * i},${i < 30 ? 0.5 : 1e-6},0.7,0.9`);
    const codes = (text: string) => {
      const { findings, missing } = diagnose(read(text).history);
      return { found: findings.map(({ code }) => code), missing: missing.map(({ code }) => code) };
    };
    const plain = codes(`step,grad_norm_g,loss_d,loss_g\n${rows.join("\n")}\n`);
    expect(plain.found).toContain("vanishing-gradient");
    const more = codes(`step,grad_norm_g,loss_d,loss_g,signs_real\n${rows.map((row) => `${row},0.4`).join("\n")}\n`);
    expect(more).toEqual(plain);
  });

  test("control characters of what is no table are not shown", () => {
    const shown = () => read("\u001b[2Ja,\u0007b\n1,2\n");
    expect(shown).toThrow("there are: \ufffd[2Ja, \ufffdb");
  });

  test("a table without names is counted from 1, and without steps by its rows", () => {
    const { history, notes } = read("0.5,0.7\n0.6,0.8\n", "loss/generator=2");
    expect(history.scalars.map(({ step, values }) => [step, values["loss/generator"]])).toEqual([
      [1, 0.7],
      [2, 0.8],
    ]);
    expect(notes.join()).toContain("rows are counted");
  });

  test("rows without images have those between their neighbours", () => {
    const rows = ["50,,,31", "100,6400,0.5,", "150,,,30", "200,12800,0.4,", "250,,,29", "300,,0.3,"];
    const { history } = read(`step,images,g_loss,fid\n${rows.join("\n")}\n`);
    expect(history.metrics.map(({ images }) => images)).toEqual([6400, 9600, 12800]);
    expect(history.scalars.map(({ images }) => images)).toEqual([6400, 12800, 12800]);
  });

  test("empty cells are absent; images and seconds are read", () => {
    const { history, moments } = read("step,images,seconds,g_loss,fid\n1,64,5,0.5,\n2,128,10,,30\n");
    expect(history.scalars).toEqual([{ step: 1, images: 64, values: { "loss/generator": 0.5 } }]);
    expect(history.metrics).toEqual([{ step: 2, images: 128, values: { fid: 30 } }]);
    expect(moments.at(-1)).toEqual({ step: 2, seconds: 10 });
  });

  test("times of the clock count from the first", () => {
    const { moments } = read("Step,Wall time,g_loss\n1,1700000000.5,0.5\n2,1700000010.5,0.4\n3,1700000020.5,0.3\n");
    expect(moments).toEqual([
      { step: 1, seconds: 0 },
      { step: 2, seconds: 10 },
      { step: 3, seconds: 20 },
    ]);
  });

  test.each([
    ["step=iter,loss/generator=gg", 'no column "gg". Did you mean "g"?'],
    ["los/generator=g", '"los/generator" is no signal and no metric. Did you mean "loss/generator"?'],
    ["loss/generator", "is not of the form signal=column"],
    ["loss/generator=g,loss/generator=d", "names loss/generator twice"],
  ])("--columns %s is refused", (columns, message) => {
    const wrong = () => read("iter,g,d\n1,2,3\n", columns);
    expect(wrong).toThrow(ConfigError);
    expect(wrong).toThrow(message);
  });

  test("of the tables in a folder, the one that is of a training is read", () => {
    const { files } = readForeign(
      [fileOf("labels.csv", "name,class\ncat,1\n"), fileOf("log.csv", "iter,d_loss\n1,0.5\n")],
      "",
    );
    expect(files).toEqual(["log.csv"]);
  });
});

describe("event files", () => {
  test("a session that begins again undoes later steps, also where it writes none of them", () => {
    const at = (step: number, value: number) => ({ step, time: step, scalars: [{ tag: "G_loss", value }] });
    const bytes = eventFile([at(1, 1), at(2, 2), at(3, 3), { step: 2, time: 9, start: true }, at(5, 5)]);
    const { history } = readForeign([fileOf("tfevents", bytes)], "");
    expect(history.scalars.map(({ step }) => step)).toEqual([1, 5]);
  });

  test("float16 tensors; tags of a name that a person knows", () => {
    const bytes = eventFile([{ step: 7, time: 1, scalars: [{ tag: "mine", value: 0, as: "half" }] }]);
    const { history } = readForeign([fileOf("tfevents", bytes)], "", { columns: parseColumns("loss/generator=mine") });
    expect(history.scalars).toEqual([{ step: 7, images: 7, values: { "loss/generator": 1.5 } }]);
  });
});

test("a long log is thinned evenly, to means of neighbours", () => {
  const rows = Array.from({ length: 300_001 }, (_, i) => `${i + 1},${i % 2}\n`);
  const { history } = readForeign([fileOf("a.csv", `step,g_loss\n${rows.join("")}`, 65536)], "");
  const steps = history.scalars.map(({ step }) => step);
  expect(steps.length).toBeLessThan(2 ** 17);
  expect(steps.slice(0, 3)).toEqual([4, 8, 12]);
  expect(steps.slice(-2)).toEqual([300_000, 300_001]);
  expect(steps.slice(1, -1).every((step, i) => step - (steps[i] as number) === 4)).toBe(true);
  expect(history.scalars.slice(0, -1).every(({ values }) => values["loss/generator"] === 0.5)).toBe(true);
});
