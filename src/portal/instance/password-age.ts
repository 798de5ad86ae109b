import type { Instance } from "../../api/types.ts";

const DAY_MS = 86_400_000;

/** How old a password may be: what is usual where rules say something of it. */
export const MAX_PASSWORD_DAYS = 90;

/** How many days old an instance's password is, where that is too many (F64); else null. */
export function oldPasswordDays(
  { passwordSetAt, state }: Pick<Instance, "passwordSetAt" | "state">,
  now: number,
): number | null {
  if (passwordSetAt === null || state === "terminated" || state === "shutting-down") return null;
  const days = Math.floor((now - passwordSetAt.getTime()) / DAY_MS);
  return days > MAX_PASSWORD_DAYS ? days : null;
}
