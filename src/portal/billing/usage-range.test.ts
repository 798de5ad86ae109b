import { expect, it } from "vitest";
import { toQuery } from "./usage-range.tsx";

const NOW = Date.parse("2026-03-10T15:00:00Z");

it("asks for this month unless a time is chosen, and for whole days of UTC", () => {
  expect(toQuery(null, NOW)).toEqual({});
  expect(toQuery({ type: "relative", amount: 7, unit: "day" }, NOW)).toEqual({ from: new Date("2026-03-04") });
  expect(toQuery({ type: "absolute", startDate: "2026-03-01", endDate: "2026-03-02" }, NOW)).toEqual({
    from: new Date("2026-03-01"),
    to: new Date("2026-03-03"),
  });
});
