import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeAgent } from "./harness.ts";
import { until } from "./native-agent.ts";

describeAgent("the machine", (fixture) => {
  it("A21: accepts, then runs the program", async () => {
    await fixture().client.shutdown();
    await until(() => existsSync(join(fixture().agent.directory, "power")));
    expect(readFileSync(join(fixture().agent.directory, "power"), "utf8")).toContain("/poweroff\n");
    rmSync(join(fixture().agent.directory, "power"));
    await fixture().client.reboot();
    await until(() => existsSync(join(fixture().agent.directory, "power")));
    rmSync(join(fixture().agent.directory, "reboot"));
    await expect(fixture().client.reboot()).rejects.toMatchObject({ code: "Agent.CannotShutDown" });
  });

  it("A22: sets the clock, answers pings, says who it is", async () => {
    await fixture().client.setClock(1_700_000_000_123);
    expect(readFileSync(join(fixture().agent.directory, "clock"), "utf8")).toBe("1700000000123");
    await fixture().client.ping();
    const info = await fixture().client.info();
    expect(info).toMatchObject({ agentVersion: 1, kernel: (await fixture().exec("uname -r")).out.trim() });
    expect(info.uptimeMs).toBeGreaterThan(0);
  });
});
