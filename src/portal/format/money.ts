/** Fractions of a cent are what an hour costs: two digits that say something, and cents at least. */
export function formatMoney(amount: number, currency: string): string {
  const size = Math.abs(amount);
  const digits = size === 0 || size >= 1 ? 2 : Math.min(8, Math.max(2, 2 - Math.floor(Math.log10(size))));
  const format = new Intl.NumberFormat("en", {
    style: "currency",
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  });
  return format.format(amount);
}
