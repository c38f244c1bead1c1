// What the operating system says about a process, and a small HTTP load.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { cpus, totalmem } from "node:os";

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
  return Number(match?.[1] ?? 0) * 1024;
}

/** Sets `VmHWM` back to the memory in use now. */
export async function resetPeak(pid: number): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(`/proc/${pid}/clear_refs`, "5");
}

export function describeMachine(): string {
  const processors = cpus();
  return `${processors.length} x ${processors[0]?.model.trim() ?? "unknown"}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux, Node.js ${process.version}`;
}

export interface Load {
  requests: number;
  seconds: number;
  /** Requests per second of the server's own processor time: what one core could do if nobody else needed it. */
  perCoreSecond: number;
  p50Ms: number;
  p99Ms: number;
  bytes: number;
}

/** Asks for one address over kept connections, `atOnce` at a time, for `seconds`. */
export async function runLoad(pid: number, url: string, headers: Record<string, string>, atOnce: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const times: number[] = [];
  let bytes = 0;
  const ask = () =>
    new Promise<void>((done, fail) => {
      const began = performance.now();
      request(url, { agent, headers }, (answer) => {
        if (answer.statusCode !== 200) fail(new Error(`${url} answered ${answer.statusCode}`));
        answer.on("data", (part: Buffer) => (bytes += part.length));
        answer.on("end", () => {
          times.push(performance.now() - began);
          done();
        });
      })
        .on("error", fail)
        .end();
    });
  for (let warm = 0; warm < 20; warm += 1) await ask();
  times.length = 0;
  bytes = 0;
  const cpuBefore = readCpuSeconds(pid);
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < end) await ask();
    }),
  );
  const took = (performance.now() - began) / 1000;
  const cpu = Math.max(readCpuSeconds(pid) - cpuBefore, 1 / TICKS_PER_SECOND);
  agent.destroy();
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return { requests: times.length, seconds: took, perCoreSecond: times.length / cpu, p50Ms: at(0.5), p99Ms: at(0.99), bytes: bytes / Math.max(times.length, 1) };
}
