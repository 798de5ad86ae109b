import { describe, expect, it } from "vitest";
import { execFrame } from "./exec-session.ts";
import { FRAME, FRAME_HEADER_BYTES, PayloadReader } from "./frames.ts";
import { errnoName, signalName, signalNumber } from "./linux-numbers.ts";
import { OUTPUT_WINDOW_BYTES } from "./output-pump.ts";

describe("execFrame", () => {
  it("is laid out as PROTOCOL.md says", () => {
    const bytes = execFrame({
      command: ["printf", "%s", ""],
      cwd: "/tmp",
      user: "ec2-user",
      env: { A: "1", B: "ü=2" },
      timeoutMs: 1500.2,
      hasStdin: true,
    });
    expect(bytes[0]).toBe(FRAME.exec);
    const fields = new PayloadReader(bytes.subarray(FRAME_HEADER_BYTES));
    expect([fields.u32(), fields.u32(), fields.u32(), fields.u32(), fields.u16(), fields.u16()]).toEqual([
      1,
      1501,
      OUTPUT_WINDOW_BYTES,
      OUTPUT_WINDOW_BYTES,
      3,
      2,
    ]);
    const strings = Array.from({ length: 7 }, () => fields.string());
    expect(strings).toEqual(["/tmp", "ec2-user", "printf", "%s", "", "A=1", "B=ü=2"]);
    expect(() => fields.u16()).toThrowError(expect.objectContaining({ code: "Agent.Protocol" }));
  });

  it("runs a string through the shell, and knows no limit and a limit of 0 apart", () => {
    const payload = (timeoutMs?: number) =>
      new PayloadReader(
        execFrame({ command: "a b", hasStdin: false, ...(timeoutMs === undefined ? {} : { timeoutMs }) }).subarray(
          FRAME_HEADER_BYTES,
        ),
      );
    const limit = (fields: PayloadReader) => [fields.u32(), fields.u32()];
    expect(limit(payload())).toEqual([0, 0]);
    expect(limit(payload(0))).toEqual([0, 1]);
    expect(limit(payload(1e15))).toEqual([0, 0xffff_ffff]);
    expect(
      new TextDecoder()
        .decode(execFrame({ command: "a b", hasStdin: false }))
        .split("\0")
        .slice(-4),
    ).toEqual(["/bin/sh", "-c", "a b", ""]);
  });
});

describe("Linux's numbers", () => {
  it("name signals both ways", () => {
    expect(signalNumber("SIGTERM")).toBe(15);
    expect(signalNumber("SIGSYS")).toBe(31);
    expect(signalNumber("TERM")).toBeUndefined();
    expect(signalName(9)).toBe("SIGKILL");
    expect(signalName(34)).toBe("SIG34");
  });

  it("name errors", () => {
    expect(errnoName(28)).toBe("ENOSPC");
    expect(errnoName(4000)).toBe("E4000");
  });
});
