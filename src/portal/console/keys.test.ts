import { expect, it } from "vitest";
import { type KeyMeaning, meaningOf } from "./keys.ts";

const NONE = { type: "keydown", ctrlKey: false, shiftKey: false, altKey: false, metaKey: false };
const key = (letter: string) => ({ ...NONE, key: letter, code: `Key${letter.toUpperCase()}` });

it.each<[string, Parameters<typeof meaningOf>[0], boolean, KeyMeaning]>([
  ["a letter", key("c"), true, "guest"],
  ["Ctrl+C", { ...key("c"), ctrlKey: true }, false, "guest"],
  ["Ctrl+C on a selection", { ...key("c"), ctrlKey: true }, true, "copy"],
  ["Ctrl+Shift+C", { ...key("C"), ctrlKey: true, shiftKey: true }, false, "copy"],
  ["Ctrl+V", { ...key("v"), ctrlKey: true }, false, "paste"],
  ["Ctrl+Shift+V", { ...key("V"), ctrlKey: true, shiftKey: true }, false, "paste"],
  ["Ctrl+X", { ...key("x"), ctrlKey: true }, false, "guest"],
  ["Ctrl+Shift+X", { ...key("X"), ctrlKey: true, shiftKey: true }, false, "leave"],
  ["Ctrl+Alt+C", { ...key("c"), ctrlKey: true, altKey: true }, true, "guest"],
  ["a released Ctrl+Shift+X", { ...key("X"), type: "keyup", ctrlKey: true, shiftKey: true }, false, "guest"],
  ["F12", { ...NONE, key: "F12", code: "F12" }, false, "browser"],
  ["F5", { ...NONE, key: "F5", code: "F5" }, false, "guest"],
  ["Tab", { ...NONE, key: "Tab", code: "Tab" }, false, "guest"],
])("%s", (_name, press, hasSelection, meaning) => expect(meaningOf(press, hasSelection)).toBe(meaning));
