// The test object of the bench: beside the tests' own fixtures, an installation that one measurement has to itself.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { BINARY } from "../fixtures/program.ts";
import { test as base } from "../fixtures/test.ts";
import { Trainyard } from "../fixtures/trainyard.ts";

/** Where the server finds the page's files. */
export const SITE = [join(dirname(BINARY), "site"), join(dirname(BINARY), "../site")].find((path) => existsSync(join(path, "pkg"))) ?? "";

/** How much of everything is measured: 1 as it is meant, less to try the bench itself. */
export const SCALE = Number(process.env.TRAINYARD_BENCH_SCALE ?? 1);

/** Rounds of a measurement. */
export const ROUNDS = SCALE < 1 ? 2 : 5;

export const test = base.extend<{ own: Trainyard }>({
  own: async ({}, use) => {
    const own = await Trainyard.start();
    await use(own);
    await own.remove();
  },
});
