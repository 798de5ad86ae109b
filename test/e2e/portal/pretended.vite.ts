import { join } from "node:path";
import { defineConfig, mergeConfig } from "vite";
import base from "../../../vite.config.ts";

const top = join(import.meta.dirname, "..", "..", "..");

/** The portal's pages over a pretended cloud, built apart from dist/. */
export default mergeConfig(
  base,
  defineConfig({
    build: {
      outDir: join(top, "test-results", "pretended"),
      rolldownOptions: { input: join(top, "src", "portal", "testing", "index.html") },
    },
  }),
);
