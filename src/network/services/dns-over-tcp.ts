import { concat } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { CloudError, toCloudError } from "../../base/errors.ts";
import { put16, u16 } from "../frames/bytes.ts";
import type { TcpSocket } from "../tcp/socket.ts";
import { DNS_PORT, METADATA_ADDRESS } from "./service-addresses.ts";
import type { TcpService } from "./service-stacks.ts";

/** Without a question; RFC 7766 §6.2.3 says "a few seconds". More than the world has for an answer. */
const IDLE_MS = 10_000;
const LENGTH_BYTES = 2;

/** The resolver, for whoever has got an answer that was cut. `answer`: `Network.answerDns`. */
export const dnsOverTcp = (
  answer: (interfaceId: string, message: Uint8Array) => Uint8Array | Promise<Uint8Array> | undefined,
  clock: Clock,
): TcpService => ({
  port: DNS_PORT,
  isAt: (address) => address !== METADATA_ADDRESS,
  serve: (socket, interfaceId) => serveDns(socket, (message) => answer(interfaceId, message), clock),
});

/** Answers one question after the other, each with its length before it (RFC 1035 §4.2.2). What is none ends the connection. */
async function serveDns(
  socket: TcpSocket,
  answer: (message: Uint8Array) => Uint8Array | Promise<Uint8Array> | undefined,
  clock: Clock,
): Promise<void> {
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  // Told again by each write.
  writer.closed.catch(() => undefined);
  let stop = () => {};
  const wait = () => {
    stop();
    stop = clock.setTimer(IDLE_MS, () => socket.abort(over("Nothing was asked for too long.")));
  };
  wait();
  try {
    let rest: Uint8Array = new Uint8Array(0);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest = rest.length === 0 ? value : concat([rest, value]);
      for (let end = endOf(rest); end <= rest.length; end = endOf(rest)) {
        const reply = await answer(rest.slice(LENGTH_BYTES, end));
        if (reply === undefined) throw over("What was sent is no question, or one too many.");
        rest = rest.subarray(end);
        wait();
        const framed = new Uint8Array(LENGTH_BYTES + reply.length);
        put16(framed, 0, reply.length);
        framed.set(reply, LENGTH_BYTES);
        await writer.write(framed);
      }
    }
    await writer.close();
  } catch (thrown) {
    socket.abort(toCloudError(thrown));
  } finally {
    stop();
  }
}

/** Where the first message ends, as far as that is known. */
const endOf = (bytes: Uint8Array): number =>
  bytes.length < LENGTH_BYTES ? Number.POSITIVE_INFINITY : LENGTH_BYTES + u16(bytes, 0);

const over = (message: string) => new CloudError("Network.ConnectionClosed", message);
