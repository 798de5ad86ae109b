import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import FormField from "@cloudscape-design/components/form-field";
import type { UsageQuery } from "../../api/billing-types.ts";

export type RangeValue = DateRangePickerProps.Value | null;

const DAY_MS = 86_400_000;

const RELATIVE = [7, 30, 90].map((amount) => ({
  key: `last-${amount}`,
  type: "relative" as const,
  amount,
  unit: "day" as const,
}));

/** As the API wants it; days are UTC's, the last one as a whole. Null: this month. */
export function toQuery(range: RangeValue, now: number): Pick<UsageQuery, "from" | "to"> {
  if (range === null) return {};
  if (range.type === "relative") return { from: startOfDay(now - (range.amount - 1) * DAY_MS) };
  return {
    from: startOfDay(Date.parse(range.startDate)),
    to: new Date(startOfDay(Date.parse(range.endDate)).getTime() + DAY_MS),
  };
}

const startOfDay = (ms: number): Date => new Date(`${new Date(ms).toISOString().slice(0, 10)}T00:00:00Z`);

export function UsageRange({ value, onChange }: { value: RangeValue; onChange: (value: RangeValue) => void }) {
  return (
    <FormField label="Time">
      <DateRangePicker
        value={value}
        dateOnly
        placeholder="This month"
        relativeOptions={RELATIVE}
        onChange={({ detail }) => onChange(detail.value)}
        isValidRange={(range) =>
          range?.type === "absolute" &&
          (range.startDate === "" || range.endDate === "" || range.endDate < range.startDate)
            ? { valid: false, errorMessage: "Choose a first and a last day." }
            : { valid: true }
        }
        i18nStrings={{
          formatRelativeRange: ({ amount }) => `Last ${amount} days`,
          formatUnit: (unit, amount) => (amount === 1 ? unit : `${unit}s`),
          customRelativeRangeOptionLabel: "Another number of days",
          relativeModeTitle: "Up to now",
          absoluteModeTitle: "From day to day",
        }}
        customRelativeRangeUnits={["day"]}
      />
    </FormField>
  );
}
