import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..", "..");
const DEPCRUISE = join(ROOT, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

async function cruise(folder: string): Promise<Violation[]> {
  const args = [
    DEPCRUISE,
    "--config",
    join(ROOT, "test/architecture/rules.cjs"),
    "--output-type",
    "json",
    "src",
    "workers",
  ];
  // dependency-cruiser exits with the number of violations; its report stands on stdout either way.
  const { stdout } = await run(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }).catch(
    (error: { stdout: string }) => error,
  );
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

describe("the import rules", () => {
  it("hold in the sources", async () => {
    expect(await cruise(ROOT)).toEqual([]);
  }, 60_000);

  describe("bite", () => {
    let folder: string;
    beforeEach(async () => {
      // Inside the project, so that packages and the TypeScript configuration are found.
      await mkdir(join(ROOT, "test-results"), { recursive: true });
      folder = await mkdtemp(join(ROOT, "test-results", "fence-"));
      await writeFile(join(folder, "tsconfig.json"), '{ "extends": "../../tsconfig.json" }');
      await mkdir(join(folder, "workers"));
      await mkdir(join(folder, "src"));
    });
    afterEach(async () => {
      await rm(folder, { recursive: true, force: true });
    });

    async function violations(files: Record<string, string>): Promise<string[]> {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
      return (await cruise(folder)).map(({ from, to }) => `${from} -> ${to}`);
    }

    it("when the portal reaches past the API", async () => {
      const found = await violations({
        "src/portal/page.ts": 'import "../cloud/registry.ts";',
        "src/cloud/registry.ts": "export {};",
      });
      expect(found).toContain("src/portal/page.ts -> src/cloud/registry.ts");
    }, 30_000);

    it("when base imports anything of ours", async () => {
      const found = await violations({ "src/base/x.ts": 'import "../store/y.ts";', "src/store/y.ts": "export {};" });
      expect(found).toContain("src/base/x.ts -> src/store/y.ts");
    }, 30_000);

    it("when v86, Comlink or idb-keyval leave their folders", async () => {
      const found = await violations({
        "src/lifecycle/a.ts": 'import "v86";',
        "src/cloud/b.ts": 'import "comlink";',
        "src/blockstore/c.ts": 'import "idb-keyval";',
      });
      expect(found.map((line) => line.split(" -> ")[0]).sort()).toEqual([
        "src/blockstore/c.ts",
        "src/cloud/b.ts",
        "src/lifecycle/a.ts",
      ]);
    }, 30_000);

    it("on a cycle, and on a folder that is not in the table", async () => {
      const found = await violations({
        "src/base/a.ts": 'import "./b.ts";',
        "src/base/b.ts": 'import "./a.ts";',
        "src/extra/x.ts": 'import "../base/a.ts";',
      });
      expect(found).toContain("src/extra/x.ts -> src/base/a.ts");
      expect(found.some((line) => line.startsWith("src/base/a.ts"))).toBe(true);
    }, 30_000);
  });
});
