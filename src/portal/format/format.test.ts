import { describe, expect, it } from "vitest";
import { formatBytes, formatMemory, formatProgress } from "./bytes.ts";
import { sentence } from "./text.ts";
import { formatDuration } from "./time.ts";

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [64 * 1024 * 1024, "64 MiB"],
    [5.83 * 1024 * 1024, "5.8 MiB"],
    [1024 ** 4 * 4096, "4096 TiB"],
    [-1, "0 B"],
  ])("%d bytes is %s", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it("gives memory in the largest whole unit", () => {
    expect(formatMemory(128)).toBe("128 MiB");
    expect(formatMemory(1024)).toBe("1 GiB");
  });

  it("gives progress in the unit of the total, never beyond it", () => {
    expect(formatProgress(2 * 1024 * 1024, 5.8 * 1024 * 1024)).toBe("2.0 of 5.8 MiB");
    expect(formatProgress(9 * 1024 * 1024, 5.8 * 1024 * 1024)).toBe("5.8 of 5.8 MiB");
    expect(formatProgress(3, 10)).toBe("3 of 10 B");
  });
});

it("ends a text as a sentence", () => {
  expect(["Gone", "Gone.", "Gone? ", "Gone…"].map(sentence)).toEqual(["Gone.", "Gone.", "Gone?", "Gone…"]);
});

describe("durations", () => {
  it.each([
    [420, "0.4 s"],
    [12_400, "12 s"],
    [185_000, "3 min 5 s"],
    [7_440_000, "2 h 4 min"],
    [59_900, "1 min 0 s"],
    [-5, "0.0 s"],
  ])("%d ms is %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
});
