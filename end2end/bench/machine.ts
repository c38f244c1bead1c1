// What the operating system says about this machine and about a process.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";

/** Clock ticks per second of /proc/PID/stat; Linux fixes it for user space. */
const TICKS_PER_SECOND = 100;

/** Processor seconds a process has used so far, in user and kernel. */
export function readCpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A line of /proc/PID/status in bytes: `VmRSS` now, `VmHWM` at its highest. */
export function readMemory(pid: number, line: "VmRSS" | "VmHWM"): number {
  const match = readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${line}:\\s+(\\d+) kB`));
  if (match === null) throw new Error(`process ${pid} says nothing about ${line}`);
  return Number(match[1]) * 1024;
}

/** Sets `VmHWM` back to the memory in use now, and says how much that is. */
export function resetPeak(pid: number): number {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return readMemory(pid, "VmRSS");
}

/** The memory of a process over time, until `stop`. */
export function watchMemory(pid: number, everyMs = 100): { stop(): { atMs: number; bytes: number }[] } {
  const began = performance.now();
  const points: { atMs: number; bytes: number }[] = [];
  const look = () => points.push({ atMs: performance.now() - began, bytes: readMemory(pid, "VmRSS") });
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return points;
    },
  };
}

/** How busy all processors together are while nothing of ours runs, from 0 to 1. */
export async function measureBusyness(forMs = 3_000): Promise<number> {
  const read = () => {
    const fields = readFileSync("/proc/stat", "utf8").split("\n")[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
    const idle = fields[3]! + fields[4]!;
    return { idle, all: fields.reduce((a, b) => a + b, 0) };
  };
  const before = read();
  await new Promise((done) => setTimeout(done, forMs));
  const after = read();
  return 1 - (after.idle - before.idle) / Math.max(1, after.all - before.all);
}

export interface Machine {
  processors: string;
  memory: string;
  system: string;
  /** Where the stores and data files of the measured servers lie. */
  disk: string;
}

export function describeMachine(): Machine {
  const processors = cpus();
  return {
    processors: `${processors.length} x ${processors[0]?.model.trim() || "unknown"}`,
    memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
    system: `Linux ${release()}, Node.js ${process.version}`,
    disk: `${findFileSystem(tmpdir())}, ${tmpdir()}`,
  };
}

/** The kind of file system a folder lies on. */
function findFileSystem(folder: string): string {
  const mounts = readFileSync("/proc/mounts", "utf8").split("\n").map((line) => line.split(" "));
  const above = mounts.filter(([, at = ""]) => at === "/" || folder === at || folder.startsWith(`${at}/`));
  const nearest = above.sort(([, a = ""], [, b = ""]) => b.length - a.length)[0];
  return nearest?.[2] ?? "unknown file system";
}
