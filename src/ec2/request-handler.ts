import { Breather } from "../base/breather.ts";
import type { HttpQuery, HttpRequest, HttpResponse } from "./http.ts";

/** What the SDK hands to a request handler, as far as it matters here (`HttpRequest` of @smithy/types). */
export interface SdkRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: HttpQuery;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** As in `HttpRequest`; the SDK does not have it, a server that hands requests over does. */
  readonly origin?: HttpRequest["origin"];
  readonly sourceIp?: string | undefined;
}

export interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** `AbortSignal`, or the SDK's own kind of it. */
interface Abortable {
  readonly aborted: boolean;
  onabort: unknown;
  addEventListener?(type: "abort", listener: () => void, options?: { once: boolean }): void;
  removeEventListener?(type: "abort", listener: () => void): void;
}

interface HandlerOptions {
  readonly abortSignal?: Abortable;
}

/**
 * A request handler for the AWS SDK: `new EC2Client({ region, credentials, requestHandler })` works with the cloud of this
 * page as it does with EC2, and nothing goes over the network.
 */
export class Ec2RequestHandler {
  readonly metadata = { handlerProtocol: "in-page" };
  readonly #handle: (request: HttpRequest) => Promise<HttpResponse>;
  readonly #breather = new Breather();

  constructor(handle: (request: HttpRequest) => Promise<HttpResponse>) {
    this.#handle = handle;
  }

  /** Aborting rejects with an `AbortError` at once; as with a network, what was asked for may be done all the same. */
  async handle(request: SdkRequest, { abortSignal }: HandlerOptions = {}): Promise<{ response: SdkResponse }> {
    const { method, path, query = {}, headers, body, origin, sourceIp } = request;
    // A network would have given the page the time to draw.
    await this.#breather.breathe();
    if (abortSignal?.aborted) throw abortError();
    const answer = this.#handle({ method, path, query, headers, body: checkBody(body), origin, sourceIp });
    const { status, headers: received, body: bytes } = await untilAborted(answer, abortSignal);
    return { response: { statusCode: status, headers: { ...received }, body: bytes } };
  }

  /** There is no connection to configure; the SDK asks all the same. */
  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): Record<string, never> {
    return {};
  }

  /** Called when a client is destroyed: the cloud stays, as other clients may use it. */
  destroy(): void {}
}

function checkBody(body: unknown): string | Uint8Array {
  if (body === undefined || body === null) return "";
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  throw new TypeError("EC2's protocol has no streams: the body of a request is text or bytes");
}

async function untilAborted<T>(work: Promise<T>, signal: Abortable | undefined): Promise<T> {
  if (signal?.addEventListener === undefined) return await work;
  return await new Promise<T>((resolve, reject) => {
    const abort = () => reject(abortError());
    signal.addEventListener?.("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener?.("abort", abort));
  });
}

const abortError = () => Object.assign(new Error("Request aborted"), { name: "AbortError" });
