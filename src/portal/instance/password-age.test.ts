import { expect, it } from "vitest";
import { oldPasswordDays } from "./password-age.ts";

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 21);
const ago = (days: number) => new Date(NOW - days * DAY_MS);

it.each([
  [ago(0), "running", null],
  [ago(90.9), "running", null],
  [ago(91), "running", 91],
  [ago(400), "stopped", 400],
  [ago(400), "terminated", null],
  [null, "running", null],
] as const)("F64 a password set at %s, of an instance that is %s: %s days too old", (passwordSetAt, state, days) => {
  expect(oldPasswordDays({ passwordSetAt, state }, NOW)).toBe(days);
});
