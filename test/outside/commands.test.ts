import { execFile } from "node:child_process";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AwsCli } from "./aws-cli.ts";
import { ROOT, removeData, Server, type ServerName } from "./servers.ts";

const full = process.env.TABVISOR_FULL;

/** Runs a command to its end. */
async function run(
  name: ServerName,
  ...args: readonly string[]
): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const script = join(ROOT, "test", "tools", `${name}.mjs`);
  return await new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { timeout: 120_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

describe.runIf(full).each<ServerName>(["ec2-endpoint", "serve"])("npm run %s", (name) => {
  it("--help says what there is", async () => {
    const { code, stdout } = await run(name, "--help");
    expect(code).toBe(0);
    for (const option of [
      "--port",
      "--access-key",
      "--secret",
      "--no-request-limits",
      name === "serve" ? "--data" : "--images",
    ]) {
      expect(stdout).toContain(`  ${option} `);
    }
  }, 60_000);

  it("refuses what is no option, with exit code 2", async () => {
    const { code, stderr } = await run(name, "--prot", "1");
    expect(code).toBe(2);
    expect(stderr).toContain("--prot");
  }, 60_000);

  it("says that its port is in use, with exit code 1", async () => {
    const first = await Server.start("ec2-endpoint");
    try {
      const { code, stderr } = await run(name, "--port", new URL(first.url).port);
      expect(code).toBe(1);
      expect(stderr).toContain("Endpoint.PortInUse");
    } finally {
      await first.kill();
    }
  }, 60_000);
});

describe.runIf(full)("npm run ec2-endpoint", () => {
  it("says that nothing boots, takes other keys and images, and ends with Ctrl-C", async () => {
    const images = ["ami-0123456789abcdef0", "ami-12345678"];
    const args = ["--access-key", "AKIAEXAMPLE", "--secret", "a/b+c=", "--images", images.join(",")];
    const server = await Server.start("ec2-endpoint", args);
    try {
      expect(server.output).toContain("nothing boots");
      await new AwsCli(server.url).fails("AuthFailure", "describe-images");
      const aws = new AwsCli(server.url, { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "a/b+c=" });
      expect(await aws.text(`describe-images --image-ids ${images.join(" ")} --query Images[].Public`)).toBe(
        "True\tTrue",
      );
      await aws.text(`run-instances --image-id ${images[1]}`);
      expect(await server.interrupt()).toBe(0);
    } finally {
      await server.kill();
    }
  }, 120_000);
});

describe.runIf(full)("npm run serve", () => {
  let data: string;
  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), "tabvisor-serve-"));
  });
  afterAll(async () => {
    await removeData(data);
  });

  it("stops its machines at Ctrl-C, and has them and their disks the next time", async () => {
    const first = await Server.start("serve", ["--data", data]);
    let instance: string;
    try {
      const aws = new AwsCli(first.url);
      const image = await aws.text("describe-images --owners amazon --query Images[?Name=='tiny'].ImageId");
      instance = await aws.text(
        `run-instances --image-id ${image} --instance-type v1.nano --query Instances[0].InstanceId`,
      );
      await aws.text(`wait instance-status-ok --instance-ids ${instance}`);
      expect((await run("serve", "--data", data)).stderr).toContain("Browser.ProfileInUse");
      expect(await first.interrupt()).toBe(0);
      expect(first.output).toContain(`${instance} has stopped`);
    } finally {
      await first.kill();
    }
    const second = await Server.start("serve", ["--data", data]);
    try {
      const aws = new AwsCli(second.url);
      const query = "--query Reservations[].Instances[].[InstanceId,State.Name,StateReason.Code]";
      expect(await aws.text(`describe-instances ${query}`)).toBe(`${instance}\tstopped\tClient.UserInitiatedShutdown`);
      await aws.text(`start-instances --instance-ids ${instance}`);
      await aws.text(`wait instance-status-ok --instance-ids ${instance}`);
      await second.interrupt();
    } finally {
      await second.kill();
    }
  }, 300_000);

  it("ends with its browser, and its browser with it", async () => {
    const orphan = await Server.start("serve", ["--data", data]);
    const browser = await childOf(orphan);
    await orphan.kill();
    await expect.poll(() => isAlive(browser), { timeout: 20_000 }).toBe(false);

    const server = await Server.start("serve", ["--data", data]);
    process.kill(await childOf(server), "SIGKILL");
    expect(await server.ended()).toBe(1);
    expect(server.output).toContain("The browser has ended");
  }, 300_000);

  it("ends at once at a second Ctrl-C, and the machines' disks are whole", async () => {
    const server = await Server.start("serve", ["--data", data]);
    const browser = await childOf(server);
    const aws = new AwsCli(server.url);
    const instance = await aws.text("describe-instances --query Reservations[0].Instances[0].InstanceId");
    await aws.text(`start-instances --instance-ids ${instance}`);
    await aws.text(`wait instance-status-ok --instance-ids ${instance}`);
    server.process.kill("SIGINT");
    await expect.poll(() => server.output, { timeout: 20_000 }).toContain(`stopping ${instance}`);
    server.process.kill("SIGINT");
    expect(await server.ended()).toBe(130);
    await expect.poll(() => isAlive(browser), { timeout: 20_000 }).toBe(false);

    const next = await Server.start("serve", ["--data", data]);
    try {
      const again = new AwsCli(next.url);
      await again.text(`wait instance-stopped --instance-ids ${instance}`);
      await again.text(`start-instances --instance-ids ${instance}`);
      await again.text(`wait instance-status-ok --instance-ids ${instance}`);
    } finally {
      await next.kill();
    }
  }, 300_000);
});

/** The process id of a server's browser. */
async function childOf({ process: { pid } }: Server): Promise<number> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return Number(text.trim().split(" ")[0]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
