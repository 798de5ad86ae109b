import { execFile } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { removeData, Server, type ServerName, toolEnvironment } from "./servers.ts";

const run = promisify(execFile);
const TOUR_MS = 300_000;

const suites = describe.runIf(process.env.TABVISOR_FULL).each<ServerName>(["ec2-endpoint", "serve"]);

suites("boto3 and npm run %s", { timeout: 2 * TOUR_MS }, (name) => {
  let data: string;
  let server: Server;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "tabvisor-serve-"));
    const folder = name === "serve" ? ["--data", data] : [];
    // The tours ask as fast as they can, and there are several.
    server = await Server.start(name, ["--no-request-limits", ...folder]);
  }, TOUR_MS);

  afterAll(async () => {
    await server.kill();
    await removeData(data);
  });

  async function tour(script: string): Promise<void> {
    const environment = toolEnvironment({ PYTHONDONTWRITEBYTECODE: "1" });
    const args = [join(import.meta.dirname, script), server.url, name];
    const { stdout } = await run("python3", args, { env: environment, timeout: TOUR_MS });
    expect(stdout).toContain("the tour is over");
  }

  it("F14 F40 F46 F73 F74 F75 F76 F77 F78: instances, volumes, snapshots, waiters, pages, many at once, and errors", async () => {
    await tour("boto3_tour.py");
  });

  it("F02 F12 F29 F48 F61 F62 F76 F77: a launch with all of the usual options, templates, images, and what errors say", async () => {
    await tour("boto3_everyday.py");
  });

  it("F52 F53 F54 F56 F58: networks by resources and waiters, and deleting them in the right order and in wrong ones", async () => {
    await tour("boto3_network.py");
  });

  it("F52 F53 F54 F56 F58: the calls of Terraform for a VPC with an instance, and their way back", async () => {
    await tour("boto3_terraform.py");
  });

  it("ends in order at Ctrl-C", async () => {
    expect(await server.interrupt()).toBe(0);
  });
});
