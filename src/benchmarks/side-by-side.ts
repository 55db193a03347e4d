/** @file Several tasks at once, started in order, and none any more after the first error or a signal. */

/**
 * Runs `work` on each of `items`, at most `jobs` at a time. Ends when all that were started have ended.
 *
 * @param signal Nothing is started after it.
 * @throws The first error, after what was running has ended; `stop` is called at once, so that it may end early.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  { jobs, signal, stop }: { readonly jobs: number; readonly signal?: AbortSignal; readonly stop: () => void },
): Promise<void> {
  const waiting = [...items];
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (waiting.length > 0 && errors.length === 0 && signal?.aborted !== true) {
      try {
        await work(waiting.shift()!);
      } catch (error) {
        errors.push(error);
        stop();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, worker));
  if (errors.length > 0) throw errors[0];
}
