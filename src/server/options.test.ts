import { describe, expect, it } from "vitest";
import { parseOptions } from "./options.ts";

describe("the command line", () => {
  it("has defaults", () => {
    expect(parseOptions([], ["data"])).toEqual({
      port: 0,
      accessKeyId: "test",
      secretAccessKey: "test",
      requestLimits: true,
    });
  });

  it("takes its options in both forms", () => {
    expect(parseOptions(["--port", "4566", "--access-key=AKIA1", "--secret", "s/+=", "--data=/x"], ["data"])).toEqual({
      port: 4566,
      accessKeyId: "AKIA1",
      secretAccessKey: "s/+=",
      data: "/x",
      requestLimits: true,
    });
  });

  it("F71: switches the limits of requests off", () => {
    expect(parseOptions(["--no-request-limits"], [])).toMatchObject({ requestLimits: false });
  });

  it.each([["--help"], ["-h"], ["--port", "1", "--help"]])("%s asks for help", (...args) => {
    expect(parseOptions(args, [])).toBeUndefined();
  });

  it.each([
    [["--prot", "1"], "--prot"],
    [["4566"], "4566"],
    [["--port"], "--port"],
    [["--port", "65536"], "0 to 65535"],
    [["--port", "0x10"], "0 to 65535"],
    [["--port="], "0 to 65535"],
    [["--access-key", ""], "--access-key"],
    [["--access-key", "a b"], "--access-key"],
    [["--secret", ""], "--secret"],
    [["--data", "x"], "--data"],
    [["--no-request-limits=false"], "--no-request-limits"],
  ])("%j is refused", (args, text) => {
    expect(() => parseOptions(args, [])).toThrow(
      expect.objectContaining({ code: "Endpoint.InvalidOption", message: expect.stringContaining(text) }),
    );
  });
});
