import type { Network, Reachability } from "../../../api/network-types.ts";
import { asked, PAGE, type Question } from "../question.ts";
import { THIS_PAGE, WORLD } from "./layout.ts";

/** An address of nobody's (RFC 5737), for all those on the Internet. */
const SOMEBODY = "192.0.2.1";

/** Arrows that one can still tell apart, and wait for: more are not drawn. */
export const MOST_ARROWS = 200;

/** Everybody, as the sender of arrows. */
export const EVERYBODY = "";

export interface Pair {
  readonly from: string;
  readonly to: string;
  readonly question: Question;
}

export interface Arrow extends Pair {
  readonly reachability: Reachability;
}

/** Who is asked about whom: from everybody, or one of them. This page only sends. */
export function pairsOf(
  interfaceIds: readonly string[],
  from: string,
  traffic: Pick<Question, "protocol" | "port">,
): Pair[] {
  const senders = [THIS_PAGE, WORLD, ...interfaceIds].filter((id) => from === EVERYBODY || id === from);
  const endOf = (id: string) => (id === THIS_PAGE ? PAGE : id === WORLD ? SOMEBODY : id);
  const pairs = senders.flatMap((sender) => {
    const isInside = interfaceIds.includes(sender);
    const asked = [...interfaceIds.filter((id) => id !== sender), ...(isInside ? [WORLD] : [])];
    return asked.map((to) => ({
      from: sender,
      to,
      question: { source: endOf(sender), destination: endOf(to), ...traffic },
    }));
  });
  return pairs.slice(0, MOST_ARROWS);
}

/** Asks one after the other, and lets the page do something else in between. */
export async function arrowsOf(network: Network, pairs: readonly Pair[]): Promise<Arrow[]> {
  const arrows: Arrow[] = [];
  for (const pair of pairs) {
    arrows.push({ ...pair, reachability: await network.explain(asked(pair.question)) });
    await new Promise((resolve) => setTimeout(resolve));
  }
  return arrows;
}
