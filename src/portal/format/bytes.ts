const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** A size for people: `1536` → "1.5 KiB". Whole numbers from 100 up and in bytes, else one decimal. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  const digits = unit === 0 || value >= 100 || Number.isInteger(value) ? 0 : 1;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** A memory size in EC2's console style: `1024` → "1 GiB", `128` → "128 MiB". */
export function formatMemory(mebibytes: number): string {
  return formatBytes(mebibytes * 1024 * 1024);
}

/** "2.1 of 5.8 MiB": progress in the unit of the total. */
export function formatProgress(loaded: number, total: number): string {
  const text = formatBytes(total);
  const unit = text.split(" ")[1] ?? "B";
  const scale = 1024 ** UNITS.indexOf(unit as (typeof UNITS)[number]);
  const digits = unit === "B" ? 0 : 1;
  return `${(Math.min(loaded, total) / scale).toFixed(digits)} of ${text}`;
}
