/** @file Averages of what is measured between two scalar events. They are part of a checkpoint, so that resuming is exact. */

/** Running sums by name. */
export class Tick {
  private sums = new Map<string, { sum: number; count: number }>();

  /** Adds one phase's measurements. A NaN makes the average NaN: nothing is left out. */
  add(values: ReadonlyMap<string, number>): void {
    for (const [name, value] of values) {
      const entry = this.sums.get(name) ?? { sum: 0, count: 0 };
      this.sums.set(name, { sum: entry.sum + value, count: entry.count + 1 });
    }
  }

  /** The averages, after which the sums are empty. */
  take(): Record<string, number> {
    const means = [...this.sums].map(([name, { sum, count }]) => [name, sum / count] as const);
    this.sums.clear();
    return Object.fromEntries(means);
  }

  /** The sums as text, exact to the bit. */
  save(): string {
    return JSON.stringify([...this.sums].map(([name, { sum, count }]) => [name, sum, count]));
  }

  /** Takes over what {@link save} gave. */
  load(text: string): void {
    const entries = JSON.parse(text) as [string, number, number][];
    this.sums = new Map(entries.map(([name, sum, count]) => [name, { sum, count }]));
  }
}
