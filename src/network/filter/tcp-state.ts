import { TCP_FLAG } from "../frames/tcp.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionState } from "./timeouts.ts";
import type { Direction } from "./verdict.ts";

const { fin, syn, rst, ack } = TCP_FLAG;

/** Whether a segment asks for a connection, and nothing else (RFC 793 §3.4). */
export const opensTcp = (flags: number): boolean => (flags & (syn | ack | rst | fin)) === syn;

/** Whether a connection is over, so that a segment that asks for one is for a new one. */
export const isOver = (state: ConnectionState): boolean => state === "closed" || state === "time-wait";

/** The state of a TCP connection after a segment. Also notes who has finished. */
export function nextTcpState(connection: Connection, flags: number, direction: Direction): ConnectionState {
  const { state } = connection;
  if (state === "untracked" || isOver(state)) return state;
  if ((flags & rst) !== 0) return "closed";
  const fromOpener = direction === connection.opener;
  switch (state) {
    case "syn-sent":
      // An answer, or the other side's own question: both have asked at the same time (RFC 793 §3.4).
      return !fromOpener && (flags & syn) !== 0 ? "syn-received" : state;
    case "syn-received":
      if ((flags & ack) === 0 || (flags & syn) !== 0) return state;
      return (flags & fin) === 0 ? "established" : finish(connection, direction);
    case "established":
      return (flags & fin) === 0 ? state : finish(connection, direction);
    case "fin-wait":
      return (flags & fin) === 0 || connection.finished === direction ? state : "time-wait";
    default:
      return state;
  }
}

function finish(connection: Connection, direction: Direction): ConnectionState {
  connection.finished = direction;
  return "fin-wait";
}
