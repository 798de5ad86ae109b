// One origin for tests that bring modules of their own into a page: the built portal at /, an empty page at /empty/, and
// the modules of the sources and tests beside them, as they stand in the repository.
import { join } from "node:path";
import { createServer } from "vite";
import { sendFile } from "../bench/server.mjs";
import { ROOT } from "./install.mjs";

/**
 * @param {{ receive?: (body: import("node:stream").Readable) => Promise<void> }} [options] `receive` takes what a page
 *   sends to /upload/
 * @returns {Promise<{ url: string, load(path: string): Promise<any>, close(): Promise<void> }>} `load` gives a module to
 *   this process
 */
export async function serveTests({ receive } = {}) {
  const dist = join(ROOT, "dist");
  const serveDist = async (request, response, next) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/empty/") {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>test</title>");
    } else if (pathname === "/upload/" && receive !== undefined) {
      await receive(request);
      response.end();
    } else if (!(await sendFile(request, response, dist, pathname.slice(1) || "index.html"))) next();
  };
  const server = await createServer({
    root: ROOT,
    configFile: false,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
    // Found late, dependencies that are bundled would make Vite reload a page that is under test.
    optimizeDeps: { noDiscovery: true, include: [] },
    resolve: { preserveSymlinks: true },
    plugins: [{ name: "tabvisor:test-pages", configureServer: ({ middlewares }) => void middlewares.use(serveDist) }],
  });
  await server.listen();
  return {
    url: server.resolvedUrls.local[0],
    load: (path) => server.ssrLoadModule(path),
    close: () => server.close(),
  };
}
