/** A request as HTTP has it, whoever carries it: the SDK in this page, another tab, a server on loopback. */
export interface HttpRequest {
  /** "POST", "GET". */
  readonly method: string;
  /** As in the request line, without the query: "/". */
  readonly path: string;
  /** Decoded; a name that comes several times has several values. */
  readonly query: HttpQuery;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** How it came; when absent from the SDK in a page. */
  readonly origin?: "sdk" | "http" | undefined;
  /** Of what came over a network. */
  readonly sourceIp?: string | undefined;
}

export type HttpQuery = Readonly<Record<string, string | readonly string[] | null>>;

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export function bytesOf(body: string | Uint8Array): Uint8Array<ArrayBuffer> {
  // Copied: WebCrypto takes no view of shared memory.
  return typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
}

export const textOf = (body: string | Uint8Array): string =>
  typeof body === "string" ? body : new TextDecoder().decode(body);
