import { expect, it } from "vitest";
import type { Estimate, EstimateItem } from "../../api/billing-types.ts";
import { describeEstimate } from "./price.tsx";

const estimate = (perHour: number, perMonth: number, ...units: EstimateItem["unit"][]): Estimate => ({
  currency: "USD",
  perHour,
  perMonth,
  items: units.map((unit) => ({ usageType: "any", unit, amount: 1, price: 1 })),
});

it.each<[Estimate, string]>([
  [estimate(0.0104, 0.8, "Hrs", "GB-Mo"), "$0.0104 an hour while running, $0.80 a month for disks. "],
  [estimate(0.0104, 0, "Hrs"), "$0.0104 an hour while running. "],
  [estimate(0, 8, "GB-Mo"), "$8.00 a month for disks. "],
])("F68 %j says what it will cost, and that it is play money", (given, text) => {
  expect(describeEstimate(given)).toBe(`${text}Play money: nobody is charged.`);
});
