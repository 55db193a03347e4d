/** @file Signals that ask a command to stop: what they are, how they exit, and leaving at once. */

/** The signals, with the exit codes that shells report for them. */
export const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** One of {@link SIGNALS}. */
export type Signal = keyof typeof SIGNALS;

/** Their names. */
export const SIGNAL_NAMES = Object.keys(SIGNALS) as Signal[];

/** npm passes on a signal that the terminal has sent to all already; two so close, in milliseconds, are one. */
export const SAME_SIGNAL_MS = 300;

/**
 * Ends the process by the signal itself, which every shell reports as exit code 130 or 143. process.exit would wait for the
 * trainer's thread, which does not answer before its step is computed.
 */
export function leaveNow(signal: Signal): never {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // A process that may not be killed, the first one of a container, comes here.
  process.exit(SIGNALS[signal]);
}

/**
 * Runs `work` with an abort signal that the first SIGINT or SIGTERM sets; a second one ends the process at once.
 *
 * @param onFirst Told of the first one.
 * @returns The result, and the signal that came, if one did.
 */
export async function abortingOnSignals<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  onFirst: () => void,
): Promise<{ readonly result: Result; readonly signal: Signal | undefined }> {
  const controller = new AbortController();
  let asked: { readonly signal: Signal; readonly time: number } | undefined;
  const onSignal = (signal: Signal): void => {
    const now = performance.now();
    if (asked !== undefined && now - asked.time < SAME_SIGNAL_MS) return;
    if (asked !== undefined) leaveNow(signal);
    asked = { signal, time: now };
    controller.abort();
    onFirst();
  };
  for (const name of SIGNAL_NAMES) process.on(name, onSignal);
  try {
    const result = await work(controller.signal);
    return { result, signal: (asked as { readonly signal: Signal } | undefined)?.signal };
  } finally {
    for (const name of SIGNAL_NAMES) process.off(name, onSignal);
  }
}
