/** W3C's profile of ISO 8601 ("Date and Time Formats", which IAM names), to a year, month, day, minute, second or fraction. */
const ISO_8601 =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?$/i;
const EPOCH_SECONDS = /^\d{1,15}$/;

/** Milliseconds since the Unix epoch, of a date or of seconds since then; `undefined` for anything else. */
export function readDateTime(text: string): number | undefined {
  if (EPOCH_SECONDS.test(text)) return Number(text) * 1000;
  const parts = ISO_8601.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const [dayOfMonth, zone] = [parts[3] === undefined ? 1 : day, parts[8]];
  const fields = [year ?? 0, (month ?? 1) - 1, dayOfMonth ?? 1, hour ?? 0, minute ?? 0, second ?? 0] as const;
  const time = new Date(Date.UTC(...fields));
  // Date.UTC makes 1 March of 30 February, and 1920 of the year 20.
  const read = [
    time.getUTCFullYear(),
    time.getUTCMonth(),
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
  ];
  const offset = zone === undefined ? 0 : zoneMinutes(zone);
  if (!read.every((field, i) => field === fields[i]) || offset === undefined) return undefined;
  return time.getTime() + Number(`0.${parts[7] ?? 0}`) * 1000 - offset * 60_000;
}

/** East of Greenwich is positive; without a zone it is UTC. */
function zoneMinutes(zone: string): number | undefined {
  if (zone.toUpperCase() === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4))];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}
