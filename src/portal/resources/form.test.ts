import { describe, expect, it } from "vitest";
import { CloudError } from "../../base/errors.ts";
import { found } from "./found.tsx";
import { labelOf } from "./label.ts";
import { articled } from "./nouns.ts";
import { whyNot } from "./resource-actions.tsx";
import { typed } from "./typed.ts";

it("leaves out what nothing is typed of", () => {
  expect(typed({ name: " web ", description: "  ", more: "" })).toEqual({ name: "web" });
});

it("names a resource by its name, else by its id", () => {
  expect(labelOf({ id: "i-1", name: "web" })).toBe("web (i-1)");
  expect(labelOf({ id: "i-1", name: "" })).toBe("i-1");
});

it.each([
  ["instance", "an instance"],
  ["volume", "a volume"],
  ["user", "a user"],
  ["Elastic IP address", "an Elastic IP address"],
])("says of one %s: %s", (noun, text) => expect(articled(noun)).toBe(text));

describe("what can be done with a selection", () => {
  const noun = ["volume", "volumes"] as const;
  const mustBeFree = (state: string) => (state === "free" ? null : `It is ${state}`);

  it.each<[string, boolean, string[], string | null]>([
    ["nothing without one", false, [], "Select a volume first"],
    ["one thing", false, ["free"], null],
    ["not what is for one, with two", false, ["free", "free"], "Select one volume"],
    ["what is for several", true, ["free", "free"], null],
    ["not where one cannot", true, ["free", "busy"], "It is busy"],
  ])("%s", (_name, several, items, why) =>
    expect(whyNot({ text: "", several, whyNot: mustBeFree }, items, noun)).toBe(why),
  );
});

describe("a resource that is looked up", () => {
  const failing = (code: string) => () => {
    throw new CloudError(code, "No.");
  };
  it.each(["InvalidVolume.NotFound", "InvalidInstanceID.Malformed"])("is none with %s", (code) =>
    expect(found(failing(code))).toBeNull(),
  );
  it("throws what keeps it from being seen", () =>
    expect(() => found(failing("UnauthorizedOperation"))).toThrow("No."));
});
