import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ACTIONS } from "../../src/ec2/actions/index.ts";

const README = join(import.meta.dirname, "..", "..", "README.md");

it("the README lists the actions that there are", async () => {
  const names = [...ACTIONS.keys()].sort();
  const text = `These ${names.length} actions are in; any other is \`UnsupportedOperation\`, and so is a parameter that is not there: ${names.join(", ")}.`;
  const [, listed = ""] = /<!-- actions -->\n([\s\S]*?)\n<!-- \/actions -->/.exec(await readFile(README, "utf8")) ?? [];
  expect(listed).toBe(text);
});
