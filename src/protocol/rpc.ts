import * as Comlink from "comlink";
import * as v from "valibot";
import { type Clock, systemClock, withDeadline } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import type { Client, Contract, Implementation } from "./contract.ts";
import { decodeError, type EncodedError, encodedErrorSchema, encodeError } from "./error-codec.ts";

type Reply = { ok: true; value: unknown } | { ok: false; error: EncodedError };

interface Remote {
  call(method: string, args: unknown[]): Promise<Reply>;
}

/**
 * Offers `implementation` to the thread at the other end; arguments are validated before it sees them. Message ports in
 * a result are transferred.
 */
export function serve<C extends Contract>(
  contract: C,
  implementation: Implementation<C>,
  endpoint: Comlink.Endpoint = globalThis as unknown as Comlink.Endpoint,
): void {
  const remote: Remote = {
    async call(method, args) {
      try {
        const entry = contract[method];
        if (entry === undefined)
          throw new CloudError("Protocol.UnknownMethod", `No method "${method}" here.`, { method });
        const checked = check(entry.args, args, `the arguments of ${method}`) as never;
        const value: unknown = await implementation[method as keyof C](...(checked as never));
        const reply: Reply = { ok: true, value };
        const moves = [...portsOf(value), ...(entry.transferResult ? buffersOf(value) : [])];
        return moves.length === 0 ? reply : Comlink.transfer(reply, moves);
      } catch (thrown) {
        return { ok: false, error: encodeError(thrown) };
      }
    },
  };
  Comlink.expose(remote, endpoint);
}

/**
 * The caller's side. Every call has its contract's deadline; results are validated; errors keep their code.
 * Message ports among the arguments are transferred; so are the buffers given in `moves`. When `gone` rejects, so does
 * every call under way, and every later one.
 */
export function connect<C extends Contract>(
  contract: C,
  endpoint: Comlink.Endpoint,
  clock: Clock = systemClock,
  gone: Promise<never> = new Promise(() => {}),
): Client<C> {
  const remote = Comlink.wrap<Remote>(endpoint);
  const client: Record<string, (...args: unknown[]) => Promise<unknown>> = {};
  for (const [method, entry] of Object.entries(contract)) {
    client[method] = async (...args) => {
      const pending = remote.call(method, Comlink.transfer(args, portsOf(args))) as Promise<Reply>;
      const reply =
        entry.deadlineMs === undefined
          ? await Promise.race([pending, gone])
          : await withDeadline(clock, entry.deadlineMs, Promise.race([pending, gone]), `"${method}"`);
      if (!reply.ok) throw decodeError(check(encodedErrorSchema, reply.error, `the error of ${method}`));
      return check(entry.result, reply.value, `the result of ${method}`);
    };
  }
  return client as Client<C>;
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, what: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? "value"}: ${issue.message}`);
  throw new CloudError("Protocol.Invalid", `Invalid message between threads: ${what}: ${issues.join("; ")}`, {
    issues,
  });
}

const portsOf = (value: unknown): MessagePort[] =>
  findAll(value, (item): item is MessagePort => item instanceof MessagePort);

const buffersOf = (value: unknown): ArrayBuffer[] => [
  ...new Set(
    findAll(
      value,
      (item): item is ArrayBuffer | Uint8Array<ArrayBuffer> =>
        item instanceof ArrayBuffer || item instanceof Uint8Array,
    ).map((item) => (item instanceof ArrayBuffer ? item : item.buffer)),
  ),
];

/** Depth-first search through plain objects and arrays. */
function findAll<T>(value: unknown, matches: (item: unknown) => item is T): T[] {
  if (matches(value)) return [value];
  if (Array.isArray(value)) return value.flatMap((item) => findAll(item, matches));
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.values(value).flatMap((item) => findAll(item, matches));
  }
  return [];
}
