import { describe, expect, it } from "vitest";
import { explainState } from "./explain.ts";

const FINE = { state: "not-applicable", reason: null, impairedSince: null } as const;
const because = (code: string, text: string) => ({ code, message: `${code}: ${text}` });

describe("what is said about an instance", () => {
  it("nothing while it is well", () => {
    expect(
      explainState({ state: "running", stateReason: null, status: { state: "ok", reason: null, impairedSince: null } }),
    ).toBeNull();
    expect(explainState({ state: "pending", stateReason: null, status: FINE })).toBeNull();
    expect(explainState({ state: "stopping", stateReason: null, status: FINE })).toBeNull();
  });

  it("why it is impaired, and what to do", () => {
    const reason = because("Image.ChunkCorrupt", "Chunk 3 is wrong");
    const said = explainState({
      state: "running",
      stateReason: null,
      status: { state: "impaired", reason, impairedSince: null },
    });
    expect(said).toMatchObject({ kind: "error", header: "The instance is impaired" });
    expect(said?.text).toMatch(/^Chunk 3 is wrong\. Reboot it/);
  });

  it("L18 F08 that it was started again by itself, and after what", () => {
    const reason = because("Server.AutomaticRecovery", "Before that: its worker died");
    const status = { state: "ok", reason: null, impairedSince: null } as const;
    expect(explainState({ state: "running", stateReason: reason, status })).toMatchObject({
      kind: "info",
      header: "The instance was started again by itself",
      text: expect.stringContaining("its worker died"),
    });
    expect(explainState({ state: "pending", stateReason: reason, status: FINE })).toBeNull();
  });

  it.each([
    ["Client.UserInitiatedShutdown", "info", "The instance is stopped"],
    ["Client.InstanceInitiatedShutdown", "info", "The instance is stopped"],
    ["Server.PageClosed", "warning", "The instance stopped when its page was closed"],
    ["Client.GuestPanicked", "error", "The instance stopped by itself"],
    ["Server.InternalError", "error", "The instance stopped by itself"],
  ])("stopped by %s: %s, with a way to start it", (code, kind, header) => {
    const said = explainState({ state: "stopped", stateReason: because(code, "The text"), status: FINE });
    expect(said).toMatchObject({ kind, header, offer: "start" });
  });

  it("says the reason's text without its code", () => {
    const said = explainState({ state: "stopped", stateReason: because("X.Y", "Disk gone"), status: FINE });
    expect(said?.text).toMatch(/^Disk gone\. /);
  });

  it("a launch that failed is not told as a wish", () => {
    const failed = explainState({
      state: "terminated",
      stateReason: because("Image.Unavailable", "Offline"),
      status: FINE,
    });
    expect(failed).toMatchObject({ kind: "error", header: "The instance could not be launched", offer: "launch" });
    expect(explainState({ state: "terminated", stateReason: null, status: FINE })).toMatchObject({ kind: "info" });
  });
});
