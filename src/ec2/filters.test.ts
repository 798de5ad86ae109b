import { describe, expect, it } from "vitest";
import { applyFilters } from "./filters.ts";

interface Thing {
  readonly name: string;
  readonly sizes: readonly number[];
  readonly tags: Record<string, string>;
}

const things: Thing[] = [
  { name: "web-1", sizes: [1, 2], tags: { Name: "a" } },
  { name: "web*2", sizes: [], tags: { "to:colon": "", Name: "A" } },
  { name: "größe\u{1F600}", sizes: [3], tags: {} },
];

const find = (...filters: [string | undefined, ...string[]][]) =>
  applyFilters(
    things,
    filters.map(([Name, ...Values]) => ({ ...(Name === undefined ? {} : { Name }), Values })),
    { name: ({ name }) => name, size: ({ sizes }) => sizes, when: () => new Date(0), none: () => undefined },
    ({ tags }) => tags,
  ).map(({ name }) => things.findIndex((thing) => thing.name === name));

describe("F76 filters", () => {
  it.each<[string, [string, ...string[]][], number[]]>([
    ["the whole value", [["name", "web-1"]], [0]],
    ["not a part of it", [["name", "web"]], []],
    ["case by case", [["tag:Name", "a"]], [0]],
    ["* as anything", [["name", "web*"]], [0, 1]],
    ["? as one character, outside the basic plane too", [["name", "größe?"]], [2]],
    ["an escaped * as itself", [["name", "web\\*2"]], [1]],
    ["a backslash at the end as itself", [["name", "web\\"]], []],
    ["what looks like a regular expression as text", [["name", "w.b-1"]], []],
    ["any of a list", [["size", "2", "3"]], [0, 2]],
    [
      "all filters together",
      [
        ["size", "*"],
        ["name", "web*"],
      ],
      [0],
    ],
    ["a time", [["when", "1970-01-01T*"]], [0, 1, 2]],
    ["nothing where there is nothing", [["none", "*"]], []],
    ["a tag with a colon in its key", [["tag:to:colon", ""]], [1]],
    ["keys of tags", [["tag-key", "N*"]], [0, 1]],
    ["values of tags", [["tag-value", "a", ""]], [0, 1]],
    ["a tag that objects have anyway", [["tag:constructor", "*"]], []],
  ])("match %s", (_, filters, expected) => {
    expect(find(...filters)).toEqual(expected);
  });

  it.each<[string, [string | undefined, ...string[]], string]>([
    ["an unknown name", ["spam", "x"], "InvalidParameterValue"],
    ["a name that objects have anyway", ["toString", "x"], "InvalidParameterValue"],
    ["no name", [undefined, "x"], "MissingParameter"],
    ["no values", ["name"], "InvalidParameterValue"],
    ["201 values", ["name", ...Array.from({ length: 201 }, String)], "InvalidParameterValue"],
  ])("refuse %s", (_, filter, code) => {
    expect(() => find(filter)).toThrow(expect.objectContaining({ code }));
  });

  it("take no more time for many wildcards", () => {
    const value = `${"*a".repeat(100)}b`;
    expect(applyFilters(["a".repeat(255)], [{ Name: "x", Values: [value] }], { x: (text) => text })).toEqual([]);
  });
});
