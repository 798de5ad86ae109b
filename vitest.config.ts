import { createReadStream } from "node:fs";
import { fileURLToPath } from "node:url";
import { playwright } from "@vitest/browser-playwright";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { findBrowser } from "./test/tools/browser.mjs";

/** An image's files as they are: Vite takes what has no extension for a module of ours. */
const serveImages: Plugin = {
  name: "tabvisor:test-images",
  configureServer(server) {
    server.middlewares.use((request, response, next) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      if (!/^\/images\/[a-z0-9-]+\/dist\/[A-Za-z0-9._/-]+$/.test(pathname) || pathname.includes("..")) return next();
      const file = createReadStream(fileURLToPath(new URL(`.${pathname}`, import.meta.url)));
      file.on("error", () => {
        response.statusCode = 404;
        response.end();
      });
      file.pipe(response);
    });
  },
};

/** What the fuzz harness is told by: tests in a browser do not see this process's environment. */
const fuzzEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name === "TABVISOR_FULL" || name.startsWith("FUZZ_")),
);

/**
 * `unit`: Node, the in-memory twins. `browser`: real Chromium, for what needs IndexedDB, workers or ports. `outside`: tools
 * that people have, before the servers that people start; in the full suite only.
 */
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
          name: "outside",
          environment: "node",
          include: ["test/outside/**/*.test.ts"],
          // Each of them has a browser with machines of its own.
          fileParallelism: false,
        },
      },
      {
        plugins: [serveImages],
        // Found late, they would make Vite reload a test that is under way.
        optimizeDeps: {
          include: [
            "v86",
            "comlink",
            "idb-keyval",
            "valibot",
            "@hpcc-js/wasm-zstd",
            "@noble/hashes/hmac.js",
            "@noble/hashes/legacy.js",
            "@noble/hashes/sha2.js",
            "modern-tar",
            "pako",
          ],
        },
        test: {
          name: "browser",
          env: fuzzEnvironment,
          // The pages of several files share two cores, some of them with machines that boot.
          testTimeout: 60_000,
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
