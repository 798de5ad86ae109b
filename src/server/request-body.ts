import type { IncomingMessage } from "node:http";
import { MAX_BODY_BYTES, tooLarge } from "../ec2/wire/parameters.ts";

/** Who sends more than is taken hears of it after sending; nobody is listened to for longer than this. */
const MAX_DISCARDED_BYTES = 32 * 2 ** 20;

/**
 * The body of a request. Rejects with `RequestEntityTooLarge`: what comes beyond the limit is read and dropped, as many
 * clients look for an answer only when they have sent everything.
 */
export async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  if (Number(request.headers["content-length"] ?? 0) > MAX_DISCARDED_BYTES) throw tooLarge();
  let chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_DISCARDED_BYTES) break;
    if (length > MAX_BODY_BYTES) chunks = [];
    else chunks.push(chunk);
  }
  if (length > MAX_BODY_BYTES) throw tooLarge();
  return Buffer.concat(chunks);
}
