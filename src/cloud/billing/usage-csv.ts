import type { UsageRow } from "./billing-info.ts";

type Column = readonly [header: string, of: (row: UsageRow) => string | number | null];

const COLUMNS: readonly Column[] = [
  ["Day", ({ day }) => day],
  ["Account", ({ accountId }) => accountId],
  ["Region", ({ region }) => region],
  ["Service", ({ service }) => service],
  ["UsageType", ({ usageType }) => usageType],
  ["ResourceId", ({ resourceId }) => resourceId],
  ["Name", ({ name }) => name],
  ["Amount", ({ amount }) => amount],
  ["Unit", ({ unit }) => unit],
  ["InstanceSeconds", ({ instanceSeconds }) => instanceSeconds],
];

/** Fractions of a cent are what a short run costs; more digits than these are rounding errors. */
const DIGITS = 10;

/** A table of RFC 4180, in UTF-8, with a header. */
export function usageCsv(rows: readonly UsageRow[], currency: string): string {
  const columns: Column[] = [...COLUMNS, [`Cost${currency}`, ({ cost }) => cost]];
  const lines = [columns.map(([header]) => header), ...rows.map((row) => columns.map(([, of]) => field(of(row))))];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

function field(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(Number(value.toFixed(DIGITS)));
  // A name is somebody's text: a spreadsheet must not take it for a formula (OWASP, "CSV Injection").
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
