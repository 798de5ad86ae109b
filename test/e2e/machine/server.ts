import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const DIST = join(import.meta.dirname, "..", "..", "..", "dist");

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** What a fault does to a file on its way out. `undefined`: nothing; `null`: 404. */
export type Fault = (path: string, content: () => Promise<Buffer>) => Promise<Buffer | null | undefined>;

/** A static host for `dist/` at a sub-path, that can lie, lose files and go away. */
export class StaticHost {
  readonly requests: string[] = [];
  fault: Fault = async () => undefined;
  /** Files beside those of `dist/`, by their paths. */
  readonly added = new Map<string, Buffer>();
  /** Drops every connection, as a server that is gone. */
  down = false;
  readonly #server: Server;
  readonly #prefix: string;

  private constructor(prefix: string) {
    this.#prefix = prefix;
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
      this.requests.push(path);
      if (this.down) request.socket.destroy();
      else this.#send(path, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async open(prefix = "/"): Promise<StaticHost> {
    const host = new StaticHost(prefix);
    await new Promise<void>((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    return host;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the host is not listening");
    return `http://127.0.0.1:${address.port}${this.#prefix}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #send(path: string, response: ServerResponse): Promise<void> {
    const inside = path.startsWith(this.#prefix) ? path.slice(this.#prefix.length) || "index.html" : undefined;
    const added = this.added.get(inside ?? "");
    if (added !== undefined) {
      response
        .writeHead(200, { "content-type": TYPES[extname(inside ?? "")] ?? "application/octet-stream" })
        .end(added);
      return;
    }
    const file = inside === undefined ? undefined : normalize(join(DIST, inside));
    const stats = file?.startsWith(DIST + sep) ? await stat(file).catch(() => undefined) : undefined;
    if (file === undefined || !stats?.isFile()) {
      response.writeHead(404).end("not found");
      return;
    }
    const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream" };
    const changed = await this.fault(inside ?? "", () => readFile(file));
    if (changed === null) response.writeHead(404).end("not found");
    else if (changed !== undefined) response.writeHead(200, headers).end(changed);
    else createReadStream(file).pipe(response.writeHead(200, headers));
  }
}
