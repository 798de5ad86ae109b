import { beforeEach, describe, expect, it } from "vitest";
import { FakeClock, settle } from "../../test/support/fake-clock.ts";
import type { Client } from "../protocol/contract.ts";
import type { VmContract } from "../protocol/vm-contract.ts";
import { CHECK_EVERY_MS, StatusChecks } from "./status-checks.ts";

let clock: FakeClock;
let checks: StatusChecks;
let changes: number;
let workerAnswers: boolean;
let agentAnswers: boolean;
let asked: string[];

const client = {
  stats: async () => {
    asked.push("worker");
    if (!workerAnswers) throw new Error("no answer");
    return {};
  },
  ping: async () => {
    asked.push("agent");
    if (!agentAnswers) throw new Error("no answer");
  },
} as Partial<Client<VmContract>> as Client<VmContract>;

beforeEach(() => {
  clock = new FakeClock();
  changes = 0;
  workerAnswers = true;
  agentAnswers = true;
  asked = [];
  checks = new StatusChecks({ clock, everyMs: CHECK_EVERY_MS, onChange: () => changes++ });
});

function running(hasAgent = true): void {
  checks.begin();
  checks.booting(hasAgent);
  checks.watch(client);
}

function up(): void {
  running();
  checks.hear({ type: "ready", agentVersion: 1 });
}

const states = () => [checks.system.state, checks.instance.state];

describe("L17 F20 status checks", () => {
  it("are not applicable without a machine, initializing on the way, ok when worker and agent answer", async () => {
    expect(states()).toEqual(["not-applicable", "not-applicable"]);
    checks.begin();
    expect(states()).toEqual(["initializing", "initializing"]);
    checks.booting(true);
    checks.watch(client);
    expect(states()).toEqual(["ok", "initializing"]);
    checks.hear({ type: "ready", agentVersion: 1 });
    await clock.advance(CHECK_EVERY_MS);
    expect(states()).toEqual(["ok", "ok"]);
    expect(asked).toEqual(["worker", "agent"]);
    checks.end();
    expect(states()).toEqual(["not-applicable", "not-applicable"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("the instance is impaired when its agent is silent twice, since when is told, and ok when it answers again", async () => {
    up();
    agentAnswers = false;
    await clock.advance(CHECK_EVERY_MS);
    expect(checks.instance.state).toBe("ok");
    await clock.advance(5_000);
    expect(states()).toEqual(["ok", "impaired"]);
    const since = new Date(clock.now());
    expect(checks.instance).toMatchObject({ reason: { code: "Client.AgentSilent" }, impairedSince: since });
    const seen = changes;
    await clock.advance(5_000);
    expect(checks.instance.impairedSince).toEqual(since);
    expect(changes).toBe(seen);
    agentAnswers = true;
    await clock.advance(5_000);
    expect(checks.instance).toEqual({ state: "ok", reason: null, impairedSince: null });
  });

  it("the system is impaired when its worker is silent twice; nothing is known of the guest then", async () => {
    up();
    workerAnswers = false;
    await clock.advance(CHECK_EVERY_MS + 5_000);
    expect(states()).toEqual(["impaired", "insufficient-data"]);
    expect(checks.system.reason?.code).toBe("Server.WorkerSilent");
    workerAnswers = true;
    await clock.advance(5_000);
    expect(states()).toEqual(["ok", "ok"]);
  });

  it("a guest that does not come up is impaired after five minutes, and nobody asks for its agent before", async () => {
    running();
    await clock.advance(5 * 60_000 - 1);
    expect(states()).toEqual(["ok", "initializing"]);
    await clock.advance(CHECK_EVERY_MS);
    expect(states()).toEqual(["ok", "impaired"]);
    expect(asked).not.toContain("agent");
    checks.hear({ type: "ready", agentVersion: 1 });
    expect(states()).toEqual(["ok", "ok"]);
  });

  it("L15 a guest without an agent is ok from when it is being booted", async () => {
    running(false);
    checks.hear({ type: "phase", phase: "kernel", atEpochMs: 0 });
    await clock.advance(10 * 60_000);
    expect(states()).toEqual(["ok", "ok"]);
    expect(asked).not.toContain("agent");
  });

  it("what the machine tells lasts, though the agent answers, until the guest starts again", async () => {
    up();
    checks.hear({ type: "halted" });
    await clock.advance(CHECK_EVERY_MS);
    expect(checks.instance).toMatchObject({ state: "impaired", reason: { code: "Client.GuestHalted" } });
    checks.hear({ type: "restarted" });
    expect(states()).toEqual(["ok", "initializing"]);
  });

  it("an agent that went away is waited for a minute", async () => {
    up();
    checks.hear({ type: "agent-lost" });
    await clock.advance(60_000 - 1);
    expect(checks.instance.state).toBe("initializing");
    await clock.advance(CHECK_EVERY_MS);
    expect(checks.instance.state).toBe("impaired");
    checks.hear({ type: "restarted" });
    await clock.advance(60_000 + CHECK_EVERY_MS);
    expect(checks.instance.state).toBe("initializing");
  });

  it("an answer that comes after the machine's end says nothing", async () => {
    up();
    let answer = () => {};
    const late = { ...client, stats: () => new Promise<never>((_, reject) => (answer = () => reject(new Error()))) };
    checks.watch(late as Client<VmContract>);
    await clock.advance(CHECK_EVERY_MS);
    checks.end();
    answer();
    await settle();
    expect(states()).toEqual(["not-applicable", "not-applicable"]);
    expect(clock.pendingTimers).toBe(0);
  });
});
