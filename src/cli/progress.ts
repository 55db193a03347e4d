/** @file The progress of a training as lines: one that is redrawn on a terminal, else one every ten seconds. */

import { remedyNamed } from "../health/remedies.ts";
import type { MetricEvent, RunEvent, RunEventOf, ScalarValues } from "../run/store/events.ts";
import { firstFigure } from "../run/store/metric-history.ts";
import { metricText } from "./describe-metrics.ts";
import { duration, integer, kimg, short } from "./format.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two redraws of the line on a terminal. */
export const REDRAW_MS = 100;
/** Milliseconds between two lines where nothing can be redrawn. */
const PLAIN_MS = 10_000;
/** Milliseconds over which the speed is measured. */
const WINDOW_MS = 15_000;

/** What progress is about. */
export interface ProgressOptions {
  readonly terminal: Terminal;
  /** Prints nothing but warnings. */
  readonly quiet: boolean;
  /** Steps at the end. */
  readonly total: number;
  readonly imagesPerStep: number;
  /** Steps between two evaluations by metrics; the last step has one, too. Default: there are none. */
  readonly evaluateEvery?: number | undefined;
  readonly dir: string;
  /** Steps done since the start or the resumption, as of now. */
  readonly stepsDone: () => number;
  /** How a run that goes on from a step stood there. Default: nothing is known. */
  readonly stoodAt?: (step: number) => RunEventOf<"health"> | undefined;
  /** Takes every line that is not redrawn, for log.txt. */
  readonly record: (line: string) => void;
}

/** Such as `healthy`, or `failing: mode-collapse`; empty where nothing is known. */
const standing = (health: Pick<RunEventOf<"health">, "state" | "code"> | undefined): string => {
  if (health === undefined) return "";
  return health.code === null ? health.state : `${health.state}: ${health.code}`;
};

/** Follows the events of a training. */
export class Progress {
  private readonly options: ProgressOptions;
  private first = 0;
  private step = 0;
  private values: ScalarValues = {};
  private latest: string | null = null;
  /** The first of the latest evaluation. */
  private metric: MetricEvent | null = null;
  /** Such as `healthy`, or `failing: mode-collapse`; empty where nothing watches. */
  private health = "";
  /** What the last finding said. */
  private told = "";
  private lastLine = Number.NEGATIVE_INFINITY;
  private lastStep = -1;
  private history: { readonly time: number; readonly step: number }[] = [];

  constructor(options: ProgressOptions) {
    this.options = options;
  }

  /** Path of the newest sample grid. */
  get samples(): string | null {
    return this.latest;
  }

  /** Takes in an event and prints what a reader should see of it. */
  event(event: RunEvent): void {
    const { paint } = this.options.terminal;
    this.step = Math.max(this.step, event.step);
    switch (event.type) {
      case "resume":
        this.first = event.step;
        this.health = standing(this.options.stoodAt?.(event.step));
        this.line(
          event.checkpoint === null ? "no checkpoint was written: begins again" : `goes on from ${event.checkpoint}`,
        );
        break;
      case "scalars":
        this.values = event.values;
        break;
      case "sample":
        this.sample(`${this.options.dir}/${event.path}`);
        break;
      case "metric":
        this.judged(event);
        break;
      case "note":
        if (event.level === "warning") this.warn(event.message, paint.yellow("warning:"), "warning:");
        else this.line(event.message);
        break;
      case "baseline":
        // Written again where a run goes on with another length: it stands as it stood.
        if (this.health === "") this.health = "warming-up";
        break;
      case "health":
        this.stands(event);
        break;
      case "finding":
        this.found(event);
        break;
      case "remedy":
        this.warn(event.why, paint.yellow(`remedy ${event.name}:`), `remedy ${event.name}:`);
        this.goBack(event.backTo);
    }
  }

  /** Brings the display up to date; call it every {@link REDRAW_MS}. */
  tick(): void {
    const now = this.options.terminal.now();
    this.step = Math.max(this.step, this.first + this.options.stepsDone());
    // The first step also compiles: what was before it says nothing about the speed.
    if (this.step === this.first) this.history = [];
    this.history.push({ time: now, step: this.step });
    while (this.history.length > 2 && now - this.history[0]!.time > WINDOW_MS) this.history.shift();
    if (!this.options.quiet && this.options.terminal.interactive) {
      this.options.terminal.status(joinWithin(this.segments(), this.options.terminal.columns - 1));
    }
    if (this.measured && now - this.lastLine >= PLAIN_MS) this.plain(now);
  }

  /** Counts on from `step`: what was shown of later steps no longer counts. */
  private goBack(step: number): void {
    this.step = step;
    this.first = step - this.options.stepsDone();
    this.lastStep = -1;
    this.history = [];
    this.metric = null;
    this.line(step === 0 ? "begins again" : `goes back to step ${integer(step)}`);
  }

  /** Takes the redrawn line away and prints where things stand. */
  end(): void {
    this.options.terminal.status("");
    if (this.measured && this.lastStep < this.step) this.plain(this.options.terminal.now());
  }

  private get measured(): boolean {
    return Object.keys(this.values).length > 0;
  }

  private plain(now: number): void {
    this.lastLine = now;
    this.lastStep = this.step;
    const text = this.segments().join("  ");
    if (!this.options.quiet && !this.options.terminal.interactive) this.options.terminal.say(text);
    this.options.record(text);
  }

  private line(text: string): void {
    if (!this.options.quiet) this.options.terminal.say(text);
    this.options.record(text);
  }

  /** A line that belongs to a warning before it. */
  private follow(text: string): void {
    this.options.terminal.say(text);
    this.options.record(text);
  }

  private warn(message: string, label: string, plainLabel: string): void {
    this.options.terminal.say(`${label} ${message}`);
    this.options.record(`${plainLabel} ${message}`);
  }

  private sample(path: string): void {
    // Beside each grid of the moving average stands one of the raw weights.
    if (path.endsWith("-raw.png")) return;
    this.latest = path;
    if (!this.options.quiet && !this.options.terminal.interactive) this.options.terminal.say(`samples  ${path}`);
    this.options.record(`samples  ${path}`);
  }

  /** A finding says what it is; the strongest evidence, if that is not said yet, and what to try follow. */
  private found({ code, severity, message, evidence: [strongest], next }: RunEventOf<"finding">): void {
    this.told = message;
    const { paint } = this.options.terminal;
    const failing = severity === "error";
    const label = failing ? `finding ${code}:` : `suspected ${code}:`;
    this.warn(message, failing ? paint.red(label) : paint.yellow(label), label);
    if (strongest !== undefined && !message.includes(strongest.says)) this.follow(`  because ${strongest.says}`);
    if (next === null) return;
    const title = remedyNamed(next)?.title;
    this.follow(`  to try  ${next}${title === undefined ? "" : `: ${title}`}`);
  }

  private stands({ state, code, reason }: RunEventOf<"health">): void {
    this.health = standing({ state, code });
    // A failure's reason is its finding, which stands right above.
    const text = `health   ${this.health}${reason === "" || reason === this.told ? "" : `, ${reason}`}`;
    // On a terminal it stands in the line that is redrawn.
    if (!this.options.quiet && !this.options.terminal.interactive) this.options.terminal.say(text);
    this.options.record(text);
  }

  /** The line shows the first of the metrics that were computed together. */
  private judged(event: MetricEvent): void {
    if (this.metric?.step !== event.step) {
      this.metric = event;
      this.leaveOut(1000 * event.seconds);
    }
    const text = `metric   ${metricText(event)} at step ${integer(event.step)}`;
    if (!this.options.quiet && !this.options.terminal.interactive) this.options.terminal.say(text);
    this.options.record(text);
  }

  /** Takes the last `ms` out of what the speed is measured over: nothing was trained in them. */
  private leaveOut(ms: number): void {
    const start = this.options.terminal.now() - ms;
    this.history = this.history
      .filter(({ time }) => time <= start)
      .map(({ time, step }) => ({ time: time + ms, step }));
  }

  /** Seconds to the end at `speed` steps a second, with the evaluations that are still to come. */
  private left(speed: number): number {
    const { total, evaluateEvery } = this.options;
    const evaluations =
      evaluateEvery === undefined ? 0 : Math.ceil(total / evaluateEvery) - Math.floor(this.step / evaluateEvery);
    return (total - this.step) / speed + evaluations * (this.metric?.seconds ?? 0);
  }

  /** Parts of the line, the most important first but for the order of reading. */
  private segments(): string[] {
    const { total, imagesPerStep } = this.options;
    const value = (name: string) => short(this.values[name]);
    const speed = this.speed();
    const measured = [
      `loss G ${value("loss/generator")} D ${value("loss/discriminator")}`,
      `D(real) ${value("score/real")} D(fake) ${value("score/fake")}`,
      `|grad| G ${value("gradient/generator")} D ${value("gradient/discriminator")}`,
    ];
    return [
      `step ${integer(this.step)}/${integer(total)}`,
      kimg(this.step * imagesPerStep),
      this.health,
      ...(this.metric === null ? [] : [`${this.metric.metric} ${short(firstFigure(this.metric.results).value)}`]),
      ...(this.measured ? measured : []),
      speed > 0 ? `${integer(speed * imagesPerStep)} img/s` : "",
      speed > 0 ? `ETA ${duration(this.left(speed))}` : "",
    ].filter((segment) => segment !== "");
  }

  /** Steps per second over the last seconds. */
  private speed(): number {
    const [from, to] = [this.history[0], this.history.at(-1)];
    if (from === undefined || to === undefined || to.time <= from.time) return 0;
    return ((to.step - from.step) / (to.time - from.time)) * 1000;
  }
}

/** Joins what fits into `columns`: gradients go first, then scores, then the kimg. */
function joinWithin(segments: readonly string[], columns: number): string {
  let kept = [...segments];
  for (const expendable of ["|grad|", "D(real)", "kimg", "loss"]) {
    if (kept.join("  ").length <= columns) break;
    kept = kept.filter((segment) => !segment.includes(expendable));
  }
  return kept.join("  ").slice(0, Math.max(0, columns));
}
