/** More than any test asks for; where a simulated cloud runs for days, what came first is forgotten. */
const MOST = 1000;

/** Adds one to a record of what was done. */
export function remember<T>(list: T[], one: T): void {
  if (list.length === MOST) list.shift();
  list.push(one);
}
