// How the page is tested in a browser. Each worker has servers of its own (fixtures/trainyard.ts), on free ports.
import { defineConfig } from "@playwright/test";
import { existsSync } from "node:fs";

/** The system's Chromium, else the one that `npx playwright install chromium` brings. */
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((path) => existsSync(path));

const quiet = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Chromium's own sandbox cannot be set up by root.
  ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
];

const withoutScript = /\.nojs\.spec\.ts$/;
const accessibility = /accessibility\.spec\.ts$/;
/** Specs that make pictures for people, each only when its variable says where to put them. */
const pictures = [
  ...(process.env.TRAINYARD_SCREENSHOTS ? [] : [/screenshots\.spec\.ts$/]),
  ...(process.env.TRAINYARD_FILM ? [] : [/film\.spec\.ts$/]),
];

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  retries: 0,
  workers: Number(process.env.TRAINYARD_BROWSER_WORKERS ?? 2),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: process.env.CI ? [["list"]] : [["list"], ["html", { open: "never" }]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "Europe/Istanbul",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    launchOptions: { executablePath, args: quiet },
  },
  projects: [
    {
      name: "chromium",
      testIgnore: [withoutScript, ...pictures],
      use: { colorScheme: "light" },
    },
    { name: "chromium-dark", testMatch: accessibility, use: { colorScheme: "dark" } },
    { name: "chromium-nojs", testMatch: withoutScript, use: { javaScriptEnabled: false } },
  ],
});
