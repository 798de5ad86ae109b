import { describe, expect, it } from "vitest";
import { fuzz } from "../../../../test/fuzz/harness.ts";
import { literally, matchesPattern, type Pattern, withWildcards } from "./wildcard.ts";

const matches = (pattern: string, text: string) => matchesPattern(withWildcards(pattern), literally(text));

/** A pattern or text that counts how often it is looked at. */
function counted(content: Pattern): { view: ArrayLike<number>; looks(): number } {
  let looks = 0;
  const view = new Proxy(content, {
    get(target, property) {
      if (property !== "length") looks++;
      return Reflect.get(target, property);
    },
  });
  return { view, looks: () => looks };
}

describe("P10 wildcards", () => {
  it.each([
    ["", "", true],
    ["", "a", false],
    ["*", "", true],
    ["*", "anything at all", true],
    ["**", "", true],
    ["?", "", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["?*", "", false],
    ["*?", "a", true],
    ["a*", "a", true],
    ["a*", "ba", false],
    ["*a", "bca", true],
    ["*a", "ab", false],
    ["a*b*c", "aXbYc", true],
    ["a*b*c", "acb", false],
    ["*ab*ab", "abab", true],
    ["*ab*ab", "ab", false],
    ["i-?????", "i-12345", true],
    ["*aab", "aaaab", true],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["a+", "aa", false],
    ["?", "é", true],
    ["?", "😀", true],
    ["*", "line\nbreak", true],
  ])("%s describes %s: %s", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it("takes as many steps as pattern times text at most, where trying everything would never end", () => {
    const pattern = counted(withWildcards(`${"*a".repeat(40)}*b`));
    const text = counted(literally("a".repeat(400)));
    expect(matchesPattern(pattern.view, text.view)).toBe(false);
    expect(pattern.looks()).toBeLessThanOrEqual(83 * 401);
    expect(text.looks()).toBeLessThanOrEqual(83 * 401);
  });
});

/** By the definition, trying everything. */
function naive(pattern: Pattern, text: Pattern): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return text.length === 0;
  if (first === -1) return naive(rest, text) || (text.length > 0 && naive(pattern, text.slice(1)));
  return text.length > 0 && (first === -2 || first === text[0]) && naive(rest, text.slice(1));
}

fuzz(
  "P10 wildcards are what trying everything says",
  { runs: 3, steps: 800, fullRuns: 20 },
  async ({ random, steps, log }) => {
    const word = (letters: string, longest: number) =>
      Array.from({ length: random.between(0, longest) }, () => random.pick([...letters])).join("");
    let found = 0;
    for (let step = 0; step < steps; step++) {
      const [pattern, text] = [word("aab*?*", 7), word("aab", 8)];
      log(`${pattern} ~ ${text}`);
      const [counting, expected] = [counted(literally(text)), naive(withWildcards(pattern), literally(text))];
      expect(matchesPattern(withWildcards(pattern), counting.view)).toBe(expected);
      expect(counting.looks()).toBeLessThanOrEqual((pattern.length + 1) * (text.length + 1));
      if (expected) found++;
    }
    expect(found).toBeGreaterThan(steps / 20);
  },
);
