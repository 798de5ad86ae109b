import { expect, it } from "vitest";
import { tagRequests, tagsOf } from "./tags.ts";

it("F77 keeps the tags that have a key and are not removed", () => {
  expect(
    tagsOf([
      { key: " Name ", value: "web" },
      { key: "", value: "x" },
      { key: "old", value: "y", markedForRemoval: true },
      { key: "empty", value: "" },
    ]),
  ).toEqual({ Name: "web", empty: "" });
});

it("F77 sets what has changed and deletes what is gone", () => {
  const before = { Name: "web", old: "1", same: "2" };
  expect(tagRequests("i-1", before, { Name: "db", same: "2", new: "3" })).toEqual([
    {
      action: "CreateTags",
      parameters: {
        Resources: ["i-1"],
        Tags: [
          { Key: "Name", Value: "db" },
          { Key: "new", Value: "3" },
        ],
      },
    },
    { action: "DeleteTags", parameters: { Resources: ["i-1"], Tags: [{ Key: "old" }] } },
  ]);
  expect(tagRequests("i-1", before, before)).toEqual([]);
});
