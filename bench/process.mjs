// What Linux knows about a process: memory and processor time. Elsewhere everything is undefined.
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = 100; // USER_HZ, the same on every Linux that Node runs on

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return undefined;
  }
}

/** The highest resident memory of a process so far, in MB of 2^20 bytes; undefined when it cannot be known. */
export function peakMemory(pid) {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(read(pid, "status") ?? "")?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** The processor time that all threads of a process have used so far, in ms. */
export function processorTime(pid) {
  // The name of the program, in parentheses, may hold spaces; user and system time are the 12th and 13th field after it.
  const fields = read(pid, "stat")
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined ? undefined : ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND;
}
