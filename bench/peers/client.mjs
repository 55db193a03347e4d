// The harness's end of the line protocol in README.md: starts a peer as a child process and asks it for steps.
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

/** The first Python that can import torch: GANTRY_PYTHON alone if set, else python3, else /usr/bin/python3; or undefined. */
export function findPython() {
  const candidates = process.env.GANTRY_PYTHON ? [process.env.GANTRY_PYTHON] : ["python3", "/usr/bin/python3"];
  return candidates.find((python) => spawnSync(python, ["-c", "import torch"], { timeout: 60_000 }).status === 0);
}

/**
 * Starts a peer and waits for its first line.
 *
 * The result's `ready` is that line: `{ ready: true, … }` or `{ unsupported: reason }`; `pid` is the child's. `steps(k)`
 * resolves to `{ ms, losses, rssMb }`. `stop()` ends the child and resolves when it is gone. A peer that dies, talks nonsense or takes
 * longer than a timeout is killed, and the call rejects with what it last wrote on stderr.
 */
export async function startPeer(command, args, env = {}, { readyTimeoutMs = 300_000, stepsTimeoutMs = 600_000 } = {}) {
  const name = [command, ...args].join(" ");
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  const gone = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(`ended with ${signal ?? `code ${code}`}`));
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    complaint = (complaint + chunk).slice(-2000);
  });
  child.stdin.on("error", () => {}); // a peer that died: `gone` says so
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const killWithUs = () => child.kill("SIGKILL");
  process.once("exit", killWithUs);
  gone.then(() => process.off("exit", killWithUs));

  async function nextMessage(timeoutMs) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve({ problem: `no answer within ${timeoutMs / 1000} s` }), timeoutMs);
    });
    const answer = lines.next().then(async ({ done, value }) => {
      if (done) return { problem: await gone };
      try {
        return { message: JSON.parse(value) };
      } catch {
        return { problem: `answered '${value}'` };
      }
    });
    const { message, problem } = await Promise.race([answer, late]);
    clearTimeout(timer);
    if (message) return message;
    child.kill("SIGKILL");
    await gone;
    throw new Error(`${name}: ${problem}${complaint ? `\n${complaint.trim()}` : ""}`);
  }

  const ready = await nextMessage(readyTimeoutMs);
  return {
    ready,
    pid: child.pid,
    steps(count) {
      child.stdin.write(`steps ${count}\n`);
      return nextMessage(stepsTimeoutMs);
    },
    /** Asks the child to leave; kills it if it has not left after two seconds (it may be in the middle of a step). */
    async stop() {
      child.stdin.end("quit\n");
      const timer = setTimeout(() => child.kill("SIGKILL"), 2000);
      await gone;
      clearTimeout(timer);
    },
  };
}
