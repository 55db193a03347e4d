import { describe, expect, it, test } from "vitest";
import { BREAK_STEP, broken, collapse, later, setting } from "../../tests/support/broken-histories.ts";
import {
  EVERY,
  FACTS,
  firstCall,
  occurrencesIn,
  type Trials,
  training,
  watchOver,
} from "../../tests/support/histories.ts";
import { FAILURE_CODES } from "./codes.ts";
import { DIAGNOSES, diagnose, diagnosisOf } from "./diagnoses.ts";
import type { History, Reading } from "./history.ts";
import { emptyHistory } from "./history.ts";

/** Counterfactuals that speak for whatever is asked. */
const speaksFor: Trials = (of, look) => {
  if (of === "refit-discriminator") return { ...look.values, "auc/fake": 0.99 };
  if (of === "average-weights") return { ...look.values, "energy/samples": 0.04 };
  return look.values;
};

describe("each failure, planted in the middle of a training or from its beginning", () => {
  test.each(FAILURE_CODES)("%s is found by its name", (code) => {
    const history = broken[code]();
    const [main, ...others] = diagnose(history).findings;
    expect(main, code).toMatchObject({ code, level: "failing", explainedBy: null });
    expect(main!.confidence).toBeGreaterThanOrEqual(0.5);
    expect(main!.confidence).toBeLessThanOrEqual(1);
    expect(main!.evidence.length).toBeGreaterThan(0);
    for (const { says } of main!.evidence) expect(says).toMatch(/\w+ \w+/);
    // Whatever else is seen follows from it, or is no more than watched.
    for (const other of others) expect(other.explainedBy === code || other.level === "watch", other.code).toBe(true);
  });

  test.each(FAILURE_CODES)("%s is called by the supervisor, soon after it began, and by no other name", (code) => {
    const { responses } = watchOver(occurrencesIn(broken[code]()), speaksFor);
    const call = firstCall(responses);
    expect(call?.code).toBe(code);
    const began = ["vanishing-gradient", "discriminator-underfitting", "stalled", "data-fault"].includes(code)
      ? EVERY
      : BREAK_STEP;
    expect(call!.step).toBeGreaterThanOrEqual(began);
    expect(call!.step).toBeLessThanOrEqual(began + (code === "oscillation" ? 45 : 25) * EVERY);
    expect(call!.finding.onset.step).toBeLessThanOrEqual(call!.step);
  });

  test.each(["mode-collapse", "memorization", "quality-regression", "numerical-divergence"] as const)(
    "the onset of %s is where it was planted",
    (code) => {
      const { onset } = diagnose(broken[code]()).findings[0]!;
      expect(Math.abs(onset.step - BREAK_STEP)).toBeLessThanOrEqual(3 * EVERY);
      expect(onset.images).toBe(onset.step * 64);
    },
  );
});

describe("the catalogue says what measures a failure", () => {
  /** The history, of which every signal that is read is told. */
  const observed = (history: History, read: (signal: string) => void): History => {
    const watched = <T extends object>(values: T): T =>
      new Proxy(values, {
        get: (target, key) => {
          if (typeof key === "string") read(key);
          return target[key as keyof T];
        },
      });
    const readings = (all: readonly Reading[]) =>
      all.map((one) => ({
        ...one,
        values: watched(one.values),
        ...(one.vectors && { vectors: watched(one.vectors) }),
      }));
    const { looks, scalars } = history;
    return { ...history, looks: readings(looks), scalars: readings(scalars) };
  };

  /** All failures, and a good training. */
  const histories = [...Object.values(broken).map((make) => make()), training()];

  test.each(DIAGNOSES.filter(({ code }) => code !== "numerical-divergence"))("$code", ({ signals, decide }) => {
    const read = new Set<string>();
    for (const history of histories) decide(observed(history, (signal) => read.add(signal)));
    // `fid` stands for figures of metrics, which a regression reads by whatever names they have: they are not observed here.
    expect([...read].sort()).toEqual(signals.filter((name) => name !== "fid").sort());
  });
});

describe("what is enough to see a failure", () => {
  /** The history of a failure with no more than `signals` in it. */
  const only = (history: History, signals: readonly string[]): History => {
    const left = <T>(values: Readonly<Record<string, T>> = {}) =>
      Object.fromEntries(Object.entries(values).filter(([name]) => signals.includes(name)));
    const readings = (all: readonly Reading[]) =>
      all.map(({ values, vectors, ...at }) => ({ ...at, values: left(values), vectors: left(vectors) }));
    return { ...history, looks: readings(history.looks), scalars: readings(history.scalars), metrics: [], trials: [] };
  };
  /** A history with one signal under another name. */
  const renamed = (history: History, from: string, to: string): History => {
    const readings = (all: readonly Reading[]) =>
      all.map(({ values: { [from]: value, ...values }, ...at }) => ({
        ...at,
        values: value === undefined ? values : { ...values, [to]: value },
      }));
    return { ...history, looks: readings(history.looks), scalars: readings(history.scalars) };
  };
  const growing = (signal: string) => () =>
    training({
      look: later(({ values }, t) => {
        values[signal]! *= Math.exp(50 * (t - 0.5));
      }),
    });
  const unbounded = () => renamed(broken["exploding-gradient"](), "gradient/discriminator", "gradient/generator");
  /** Where another signal tells than in the planted history: a history in which it does. */
  const told: Readonly<Record<string, () => History>> = {
    "exploding-gradient gradient/generator": unbounded,
    "exploding-gradient spectral/generator": growing("spectral/generator"),
    "exploding-gradient spectral/discriminator": growing("spectral/discriminator"),
    "vanishing-gradient gradient/generator": () =>
      training({
        tick: (values, t) => {
          if (t > 0.5) values["gradient/generator"]! *= 1e-4;
        },
      }),
    "oscillation energy/samples": () =>
      training({
        look: later(({ values }, t) => {
          values["energy/samples"] = 0.4 + 0.2 * Math.sin(80 * t);
        }),
      }),
    "stalled loss/generator": () =>
      training({ tick: (values) => void Object.assign(values, { "loss/generator": 0.5, "loss/discriminator": 0 }) }),
    ...Object.fromEntries(
      ["maximum", "extremes", "border", "levels", "whole"].map((tell) => [
        `data-fault tell/${tell}`,
        () => renamed(broken["data-fault"](), "tell/minimum", `tell/${tell}`),
      ]),
    ),
  };
  const sets = DIAGNOSES.filter(({ code }) => code !== "numerical-divergence").flatMap(({ code, signals, enough }) =>
    (enough ?? [[signals[0]]]).map((set) => [code, set, (told[`${code} ${set[0]}`] ?? broken[code])()] as const),
  );
  const missing = (history: History) => diagnose(history).missing.map(({ code }) => code);

  test.each(sets)("%s by %j alone", (code, set, history) => {
    const seen = only(history, set);
    expect(diagnosisOf(code).decide(seen)).not.toBeNull();
    expect(missing(seen)).not.toContain(code);
  });

  test.each(sets)("%s is not seen by less than %j", (code, set, history) => {
    for (const signal of set) {
      const seen = only(
        history,
        set.filter((other) => other !== signal),
      );
      expect(diagnosisOf(code).decide(seen)).toBeNull();
      expect(missing(seen)).toContain(code);
    }
  });
});

describe("what is no failure", () => {
  const nothing = (history: History) => {
    expect(diagnose(history).findings).toEqual([]);
    const { responses, supervision } = watchOver(occurrencesIn(history), speaksFor);
    expect(responses.filter(({ kind }) => kind === "finding")).toEqual([]);
    expect(supervision.state).toBe("healthy");
  };

  it("a good training", () => nothing(training()));

  it("fakes a third nearer to the few reals there are than others, which the discriminator knows by heart", () =>
    nothing(training({ look: later(setting({ "copying/ratio": 0.7, "auc/held-out": 0.98 })) })));

  it("grey samples at the beginning, for as long as they get better", () => {
    const slow = training({
      looks: 40,
      look: (look, t) => {
        const grey = Math.exp(-t / 0.12);
        look.values["diversity/samples"] = 0.95 - 0.93 * grey;
        look.values["energy/samples"] = 0.02 + 0.5 * grey;
        look.values["scale/samples"] = 0.95 - 0.93 * grey;
      },
    });
    const { responses } = watchOver(occurrencesIn(slow));
    expect(responses.filter(({ kind }) => kind === "finding")).toEqual([]);
  });

  it("a discriminator that is always right while samples get better, its loss at zero", () =>
    nothing(
      training({
        look: setting({ "auc/fake": 1 }),
        tick: (values) => {
          values["loss/discriminator"] = 0;
        },
      }),
    ));

  it("a discriminator that knows its training set by heart while samples are good", () =>
    nothing(training({ look: setting({ "auc/held-out": 0.98, "overfit/gap": 0.5 }) })));

  it("a saturating loss that has gone faint while samples are as good as reals", () =>
    nothing(training({ look: later(setting({ "signal/generator": 0.001, "auc/fake": 0.99 })) })));

  it("a critic with gradients of hundreds and scores that drift without end", () =>
    nothing(
      training({
        facts: { objective: "wasserstein", shiftFree: true },
        tick: (values, t) => {
          values["gradient/discriminator"]! *= 400 * (1 + 5 * t);
          values["loss/discriminator"] = -300 - 3000 * t;
          values["loss/generator"] = 5000 * t;
        },
      }),
    ));

  it("gradients and singular values that jump, and come back", () =>
    nothing(
      training({
        look: (look, t) => {
          if (Math.round(t * 99) % 10 === 5) look.values["spectral/discriminator"]! *= 1.9;
        },
        tick: (values, t) => {
          if (Math.round(t * 199) % 25 === 20) values["gradient/discriminator"]! *= 100;
        },
      }),
    ));

  it("a data set of few, repeated samples, of which reals have as many twins", () => {
    const twins = { mean: 0.6, sd: 0.03, low: 0.5, high: 0.7, pairs: 40 };
    const nulls = { ...training().nulls, "duplicates/samples": twins };
    nothing(training({ nulls, look: setting({ "duplicates/samples": 0.62 }) }));
  });

  it("young samples that any number tells from reals, as on MNIST, while they get better", () => {
    const young = training({
      looks: 30,
      look: (look, t) =>
        Object.assign(look.values, {
          "tell/levels": 1,
          "auc/fake": 1,
          "energy/samples": 0.02 + 1.5 * Math.exp(-t / 0.05),
        }),
    });
    const { responses } = watchOver(occurrencesIn(young), speaksFor);
    expect(firstCall(responses)).toBeNull();
  });

  it("one rare class that small looks miss", () =>
    nothing(
      training({
        look: (look) => {
          look.values["bins/missing"] = 0.03;
        },
      }),
    ));

  it("a single look that is all wrong", () =>
    nothing(
      training({
        look: (look, t, random) => {
          if (Math.round(t * 99) === 60) collapse(look, t, random);
        },
      }),
    ));

  it("samples that cannot be measured now and then", () =>
    nothing(
      training({
        look: (look, t) => {
          if (Math.round(t * 99) % 7 === 3) look.values["tell/minimum"] = Number.NaN;
        },
      }),
    ));
});

describe("near neighbours", () => {
  const codesIn = (history: History) => diagnose(history).findings.map(({ code, level }) => `${code}: ${level}`);

  it("few kinds of samples that differ as much as reals are dropped modes and no collapse", () => {
    const codes = codesIn(broken["mode-dropping"]());
    expect(codes).toContain("mode-dropping: failing");
    expect(codes.join()).not.toContain("mode-collapse");
  });

  it("low diversity after the gradient vanished is no cause of its own", () => {
    const history = training({
      look: (look, t, random) => {
        if (t >= 0.3) Object.assign(look.values, { "auc/fake": 1, "signal/generator": 1e-4, "energy/samples": 0.5 });
        if (t >= 0.4) collapse(look, t, random);
      },
    });
    const [first, second] = diagnose(history).findings;
    expect(first).toMatchObject({ code: "vanishing-gradient", explainedBy: null });
    expect(second).toMatchObject({ code: "mode-collapse", explainedBy: "vanishing-gradient" });
  });

  it("and a gradient that vanished long after a collapse is its consequence", () => {
    const history = training({
      look: (look, t, random) => {
        if (t >= 0.3) collapse(look, t, random);
        if (t >= 0.6) Object.assign(look.values, { "auc/fake": 1, "signal/generator": 1e-4 });
      },
    });
    const [first] = diagnose(history).findings;
    const gradient = diagnose(history).findings.find(({ code }) => code === "vanishing-gradient");
    expect(first).toMatchObject({ code: "mode-collapse", explainedBy: null });
    expect(gradient).toMatchObject({ explainedBy: "mode-collapse" });
  });

  it("noise that any number tells from reals is no fault of the data", () => {
    const history = training({
      look: setting({
        "tell/minimum": 1,
        "auc/fake": 1,
        "energy/samples": 0.6,
        "scale/samples": 0.2,
        "signal/generator": 1e-4,
      }),
    });
    const [first] = diagnose(history).findings;
    expect(first).toMatchObject({ code: "vanishing-gradient", level: "failing" });
    expect(codesIn(history)).toContain("data-fault: watch");
  });

  it("a set of numbers that is not finite is named before everything that follows from it", () => {
    const history = training({
      look: later(collapse),
      tick: (values, t) => {
        if (t > 0.52) values["loss/generator"] = Number.NaN;
      },
    });
    expect(diagnose(history).findings[0]).toMatchObject({ code: "numerical-divergence" });
  });

  it("a training whose rates are a thousandth of what they should be is stalled, not collapsed", () => {
    expect(codesIn(broken.stalled())).toEqual(["stalled: failing"]);
  });

  it("kinds that come and go are an oscillation, although some are missing at every look", () => {
    expect(diagnose(broken.oscillation()).findings[0]?.code).toBe("oscillation");
  });
});

describe("an empty history", () => {
  it("shows nothing, and everything is missing", () => {
    const { findings, missing, warmingUp } = diagnose(emptyHistory());
    expect(findings).toEqual([]);
    expect(warmingUp).toBe(true);
    expect(missing.map(({ code }) => code).sort()).toEqual([...FAILURE_CODES].sort());
  });

  it("whose every number is NaN shows that, and does not throw", () => {
    const history = training({
      look: (look) => {
        look.values = Object.fromEntries(Object.keys(look.values).map((name) => [name, Number.NaN]));
      },
    });
    expect(diagnose(history).findings[0]).toMatchObject({ code: "numerical-divergence" });
    for (const { decide } of DIAGNOSES) expect(() => decide(history)).not.toThrow();
  });
});

describe("the catalogue", () => {
  it("has an entry for each code, and one only", () => {
    expect(DIAGNOSES.map(({ code }) => code).sort()).toEqual([...FAILURE_CODES].sort());
    for (const code of FAILURE_CODES) expect(diagnosisOf(code).code).toBe(code);
  });

  test.each(DIAGNOSES)("$code is told in whole sentences, from others, with remedies and sources", (entry) => {
    for (const text of [entry.symptom, entry.cause, entry.summary]) expect(text).toMatch(/^[A-Z].*\.$/s);
    expect(entry.toldFrom.length).toBeGreaterThan(0);
    for (const { code } of entry.toldFrom) {
      expect(FAILURE_CODES).toContain(code);
      expect(code).not.toBe(entry.code);
    }
    expect(new Set(entry.remedies).size).toBe(entry.remedies.length);
    expect(entry.references.length).toBeGreaterThan(0);
  });

  it("says the same of the same history, and alters nothing", () => {
    const history = broken["mode-collapse"]();
    const text = JSON.stringify(history);
    expect(diagnose(history)).toEqual(diagnose(history));
    expect(JSON.stringify(history)).toBe(text);
    expect(history.facts).toEqual(FACTS);
  });
});
