// The measurements of `make bench`: one after the other, alone on the machine, in the browser the tests use.
import base from "./playwright.config.ts";

export default {
  ...base,
  testDir: "bench",
  workers: 1,
  timeout: 300_000,
  globalTimeout: 1_200_000,
  reporter: [["list"]],
  projects: [{ name: "bench", use: { colorScheme: "light" as const, trace: "off" as const, screenshot: "off" as const } }],
};
