import { describe, expect, it } from "vitest";
import { stampEvent } from "./event-codec.ts";
import type { RunEvent, RunEventInput } from "./events.ts";
import { goesBackTo, standing } from "./standing.ts";

const scalars = (step: number): RunEventInput => ({ type: "scalars", step, images: step, values: {} });
const resume = (step: number): RunEventInput => ({ type: "resume", step, images: step, checkpoint: "x" });
const note = (step: number): RunEventInput => ({ type: "note", step, images: step, level: "info", message: "" });
const remedy = (step: number, backTo: number): RunEventInput => ({
  type: "remedy",
  ...{ step, images: step, backTo },
  ...{ name: "r1", finding: "oscillation", why: "", changes: [], attempt: 1 },
});

const told = (...inputs: RunEventInput[]): string[] =>
  standing(inputs.map((input) => stampEvent(input))).map(({ type, step }: RunEvent) => `${type} ${step}`);

describe("standing", () => {
  it("leaves a log as it is where nothing was taken back", () => {
    expect(told(scalars(1), note(1), scalars(2))).toEqual(["scalars 1", "note 1", "scalars 2"]);
  });

  it("drops what was measured of the steps that a remedy took back, and keeps the history", () => {
    expect(told(scalars(10), scalars(20), note(20), scalars(25), remedy(25, 20), scalars(25), scalars(30))).toEqual([
      "scalars 10",
      "scalars 20",
      "note 20",
      "remedy 25",
      "scalars 25",
      "scalars 30",
    ]);
  });

  it("follows one remedy after another, the last perhaps to the beginning", () => {
    const twice = [scalars(10), remedy(15, 10), scalars(20), remedy(22, 0), scalars(5)];
    expect(told(...twice)).toEqual(["remedy 15", "remedy 22", "scalars 5"]);
  });

  it("drops what a follower saw of the steps that a resumed run does again", () => {
    expect(told(scalars(10), scalars(20), resume(10), scalars(20))).toEqual(["scalars 10", "resume 10", "scalars 20"]);
  });
});

it("goesBackTo is null for events that take nothing back", () => {
  const back = [scalars(3), resume(4), remedy(9, 5)].map((input) => goesBackTo(stampEvent(input)));
  expect(back).toEqual([null, 4, 5]);
});
