import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { findBrowser } from "../tools/browser.mjs";
import { PORTAL_URL, PRETENDED_URL } from "./urls.ts";

/** Run it from the top folder, after a build: `npx playwright test -c test/e2e/playwright.config.ts`. */
const top = join(import.meta.dirname, "..", "..");
const vite = `"${process.execPath}" "${join(top, "node_modules", "vite", "bin", "vite.js")}"`;
const MACHINES = ["**/machine/*.spec.ts", "**/network/*.spec.ts"];
const pretended = join(import.meta.dirname, "portal", "pretended.vite.ts");

export default defineConfig({
  testDir: ".",
  outputDir: join(top, "test-results", "e2e"),
  // Two cores: what works machines hard, one after the other, and beside it what is mostly about pages.
  workers: 2,
  projects: [
    { name: "machines", testMatch: MACHINES, workers: 1 },
    { name: "pages", testIgnore: MACHINES, workers: 1 },
  ],
  retries: 0,
  forbidOnly: true,
  timeout: 180_000,
  expect: { timeout: 60_000 },
  reporter: "list",
  use: {
    baseURL: PORTAL_URL,
    launchOptions: findBrowser(),
    viewport: { width: 1280, height: 800 },
    screenshot: "only-on-failure",
    actionTimeout: 30_000,
  },
  webServer: [
    {
      command: `${vite} preview --port ${new URL(PORTAL_URL).port} --strictPort`,
      cwd: top,
      port: Number(new URL(PORTAL_URL).port),
      reuseExistingServer: false,
    },
    {
      command: `${vite} build --logLevel error -c "${pretended}" && ${vite} preview --port ${new URL(PRETENDED_URL).port} --strictPort -c "${pretended}"`,
      cwd: top,
      port: Number(new URL(PRETENDED_URL).port),
      reuseExistingServer: false,
      timeout: 120_000,
    },
  ],
});
