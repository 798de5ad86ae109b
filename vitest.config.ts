import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";
import { findBrowser } from "./test/tools/browser.mjs";

/** `unit`: Node, the in-memory twins. `browser`: real Chromium, for what needs IndexedDB, workers or ports. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          environment: "node",
          include: [
            "src/**/*.test.ts",
            "workers/**/*.test.ts",
            "images/**/*.test.ts",
            "test/{architecture,fuzz,tools}/**/*.test.ts",
          ],
          exclude: ["**/*.browser.test.ts"],
        },
      },
      {
        test: {
          name: "browser",
          include: [
            "src/**/*.browser.test.ts",
            "workers/**/*.browser.test.ts",
            "test/conformance/**/*.browser.test.ts",
          ],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: findBrowser() }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
    ],
  },
});
