import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { removeData, Server, type ServerName, toolEnvironment } from "./servers.ts";

const run = promisify(execFile);
const TOUR = join(import.meta.dirname, "boto3_tour.py");

describe.runIf(process.env.TABVISOR_FULL).each<ServerName>(["ec2-endpoint", "serve"])(
  "boto3 and npm run %s",
  (name) => {
    it("F14 F40 F46 F73 F74 F75 F76 F77 F78: instances, volumes, snapshots, waiters, pages, many at once, and errors", async () => {
      const data = await mkdtemp(join(tmpdir(), "tabvisor-serve-"));
      const server = await Server.start(name, name === "serve" ? ["--data", data] : []);
      try {
        const { stdout } = await run("python3", [TOUR, server.url, name], { env: toolEnvironment(), timeout: 300_000 });
        expect(stdout).toContain("the tour is over");
        expect(await server.interrupt()).toBe(0);
      } finally {
        await server.kill();
        await removeData(data);
      }
    }, 600_000);
  },
);
