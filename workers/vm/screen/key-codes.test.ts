import { describe, expect, it } from "vitest";
import { keyCodes } from "./key-codes.ts";

describe("M14 keys of a US keyboard", () => {
  it.each([
    ["a", [0x1e, 0x9e]],
    ["A", [0x2a, 0x1e, 0x9e, 0xaa]],
    ["1", [0x02, 0x82]],
    ["|", [0x2a, 0x2b, 0xab, 0xaa]],
    [" ", [0x39, 0xb9]],
    ["\r", [0x1c, 0x9c]],
    ["\x7f", [0x0e, 0x8e]],
    ["\x1b", [0x01, 0x81]],
    ["\x03", [0x1d, 0x2e, 0xae, 0x9d]],
    ["\x1b[A", [0xe0, 0x48, 0xe0, 0xc8]],
    ["\x1bOB", [0xe0, 0x50, 0xe0, 0xd0]],
    ["\x1b[3~", [0xe0, 0x53, 0xe0, 0xd3]],
    ["\x1b[1;5C", [0x1d, 0xe0, 0x4d, 0xe0, 0xcd, 0x9d]],
    ["\x1b[21~", [0x44, 0xc4]],
    ["\x1bx", [0x38, 0x2d, 0xad, 0xb8]],
    ["\x1b[Z", [0x2a, 0x0f, 0x8f, 0xaa]],
  ])("%j is %j", (text, codes) => {
    expect(keyCodes(text).flat()).toEqual(codes);
  });

  it("come one after the other, and what is on no key is left out", () => {
    expect(keyCodes("aüb\x1b[99~c")).toEqual([
      [0x1e, 0x9e],
      [0x30, 0xb0],
      [0x2e, 0xae],
    ]);
  });

  it("has a key for every printable ASCII character", () => {
    const printable = Array.from({ length: 0x5f }, (_, index) => String.fromCharCode(0x20 + index)).join("");
    expect(keyCodes(printable)).toHaveLength(0x5f);
  });
});
