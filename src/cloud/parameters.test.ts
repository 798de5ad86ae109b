import { describe, expect, it } from "vitest";
import { checkParameters } from "./parameters.ts";

const KNOWN = { name: true, size: true } as const;
const request = (value: unknown) => value as { name?: string; size?: number };

describe("the parameters of a request", () => {
  it("are those that the action has", () => {
    expect(() => checkParameters(request({}), KNOWN)).not.toThrow();
    expect(() => checkParameters(request({ name: "a", size: 1 }), KNOWN)).not.toThrow();
  });

  it.each<Record<string, unknown>>([{ nmae: "a" }, { name: "a", toString: 1 }, { Name: "a" }, { "": 1 }])(
    "are refused otherwise: %j",
    (given) => {
      expect(() => checkParameters(request(given), KNOWN)).toThrow(
        expect.objectContaining({ code: "UnknownParameter" }),
      );
    },
  );

  it.each([undefined, null, "tiny", 1])("are an object's: not %j", (given) => {
    expect(() => checkParameters(request(given), KNOWN)).toThrow(expect.objectContaining({ code: "MissingParameter" }));
  });
});
