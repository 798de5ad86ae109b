// A static server for the benchmark: the built portal at /, the reference machine at /reference/, with byte ranges.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/**
 * @param {Record<string, string>} mounts URL prefix (ending in a slash) → folder or file on disk; the longest prefix wins
 * @returns {Promise<{ url: string, close(): Promise<void> }>}
 */
export async function serve(mounts) {
  const prefixes = Object.keys(mounts).sort((a, b) => b.length - a.length);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    const prefix = prefixes.find((candidate) => path.startsWith(candidate));
    const rest = prefix === undefined ? undefined : path.slice(prefix.length) || "index.html";
    const root = prefix === undefined ? undefined : mounts[prefix];
    send(request, response, root, rest).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve(undefined))),
  };
}

async function send(request, response, root, rest) {
  const sent = root !== undefined && (await sendFile(request, response, root, rest));
  if (!sent) response.writeHead(404).end("not found");
}

/**
 * Answers with a file, or the range of it that is asked for.
 * @param {string} root folder on disk
 * @param {string} rest path in it
 * @returns {Promise<boolean>} false, with nothing sent, when there is no such file
 */
export async function sendFile(request, response, root, rest) {
  const file = normalize(join(root, rest));
  const stats = file.startsWith(root + sep) ? await stat(file).catch(() => undefined) : undefined;
  if (!stats?.isFile()) return false;
  const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "accept-ranges": "bytes" };
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
  if (range === null) {
    response.writeHead(200, { ...headers, "content-length": stats.size });
    if (request.method === "HEAD") response.end();
    else createReadStream(file).pipe(response);
    return true;
  }
  const start = Number(range[1]);
  const end = Math.min(range[2] === "" ? stats.size - 1 : Number(range[2]), stats.size - 1);
  response.writeHead(206, {
    ...headers,
    "content-length": end - start + 1,
    "content-range": `bytes ${start}-${end}/${stats.size}`,
  });
  createReadStream(file, { start, end }).pipe(response);
  return true;
}
