// A small HTTP load, and what it costs the server. Costs are counted in the server's own processor time, so that neither
// the speed of this program nor the number of processors matters.
import { Agent, request } from "node:http";
import { readCpuSeconds } from "./machine.ts";
import { quantile } from "./numbers.ts";

export interface Target {
  name: string;
  url: string;
  headers: Record<string, string>;
}

export interface Load {
  requests: number;
  /** Requests per second of the server's processor time: what one core could do if nobody else needed it. */
  perCoreSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Size of one answer's body, as it travels. */
  bytes: number;
}

/** Requests that are not counted, before each measurement: this many, or for this long where they are slow. */
const WARM_UP = 20;
const WARM_UP_MS = 500;

/** Asks each target in turn, `rounds` times over, so that what disturbs the machine disturbs all of them alike. */
export async function compareLoads(pid: number, targets: Target[], options: { atOnce: number; seconds: number; rounds: number }): Promise<Map<string, Load[]>> {
  const loads = new Map<string, Load[]>(targets.map((target) => [target.name, []]));
  for (let round = 0; round < options.rounds; round += 1) {
    for (const target of targets) loads.get(target.name)!.push(await runLoad(pid, target, options.atOnce, options.seconds));
  }
  return loads;
}

/** The same figure of each round, over that of another target in the same round. */
export function ratios(of: Load[], to: Load[], figure: (load: Load) => number): number[] {
  return of.map((load, round) => figure(load) / figure(to[round]!));
}

async function runLoad(pid: number, target: Target, atOnce: number, seconds: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const times: number[] = [];
  let bytes = 0;
  const ask = () =>
    new Promise<void>((done, fail) => {
      const began = performance.now();
      request(target.url, { agent, headers: target.headers }, (answer) => {
        if (answer.statusCode !== 200) fail(new Error(`${target.url} answered ${answer.statusCode}`));
        answer.on("data", (part: Buffer) => (bytes += part.length));
        answer.on("error", fail);
        answer.on("end", () => {
          times.push(performance.now() - began);
          done();
        });
      })
        .on("error", fail)
        .end();
    });
  try {
    const warmEnd = performance.now() + WARM_UP_MS;
    for (let warm = 0; warm < WARM_UP && (warm === 0 || performance.now() < warmEnd); warm += 1) await ask();
    times.length = 0;
    bytes = 0;
    const cpuBefore = readCpuSeconds(pid);
    const end = performance.now() + seconds * 1000;
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        while (performance.now() < end) await ask();
      }),
    );
    const cpu = readCpuSeconds(pid) - cpuBefore;
    if (cpu <= 0) throw new Error(`${target.url} cost less processor time than can be counted; measure longer`);
    return {
      requests: times.length,
      perCoreSecond: times.length / cpu,
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      bytes: bytes / times.length,
    };
  } finally {
    agent.destroy();
  }
}
