import { expect, it } from "vitest";
import { formatMoney } from "./money.ts";

it.each([
  [0, "$0.00"],
  [0.0104, "$0.0104"],
  [0.000173333, "$0.000173"],
  [0.5, "$0.50"],
  [12.345, "$12.35"],
  [1234.5, "$1,234.50"],
])("%d dollars are %s", (amount, text) => expect(formatMoney(amount, "USD")).toBe(text));
