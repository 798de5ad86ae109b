import { expect, it } from "vitest";
import { differencesOf } from "./changes.ts";

const keyOf = ({ key }: { readonly key: string }) => key;
const row = (key: string, text: string) => ({ key, text });

it("tells what is gone, changed and new, with where it stands", () =>
  expect(
    differencesOf([row("a", "1"), row("b", "1"), row("c", "1")], [row("b", "2"), row("d", "1"), row("c", "1")], keyOf),
  ).toEqual({
    gone: [row("a", "1")],
    changed: [{ row: row("b", "2"), at: 0 }],
    added: [{ row: row("d", "1"), at: 1 }],
  }));

it("has a key that comes twice added, though there is one", () =>
  expect(differencesOf([row("a", "1")], [row("a", "1"), row("a", "2")], keyOf)).toEqual({
    gone: [],
    changed: [],
    added: [{ row: row("a", "2"), at: 1 }],
  }));
