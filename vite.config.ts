import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { cp, readdir, readFile, stat, writeFile } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { isBuiltin } from "node:module";
import { basename, dirname, join, normalize, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { type Connect, defineConfig, type Plugin } from "vite";

const top = fileURLToPath(new URL(".", import.meta.url));
const source = join(top, "src");
const images = join(top, "images");
/** images/CATALOGUE.md */
const CATALOGUE = "catalogue.json";

const CSP_META = /<meta\s+http-equiv="Content-Security-Policy"\s+content="([^"]+)"\s*\/>/;

/** A policy stands once, in its page, where a static host's visitors get it from. */
function policyOf(page: string): string {
  const found = CSP_META.exec(readFileSync(join(source, page), "utf8"))?.[1];
  if (found === undefined) throw new Error(`src/${page} has no Content-Security-Policy`);
  return found;
}

const policy = policyOf("index.html");
const framePolicy = policyOf("frame/index.html");
/** Only as a header does it say who may show the page in a frame (CSP3 §6.4.2): nobody. */
const portalPolicy = `${policy}; frame-ancestors 'none'`;

/** Only for `vite dev`: React's refresh preamble is an inline script, hot updates come over a socket. */
const devPolicy = portalPolicy
  .replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
  .replace("connect-src 'self'", "connect-src 'self' ws:")
  .replace("font-src 'self'", "font-src 'self' data:");

const headers = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
};

/**
 * A worker has its script's own policy. The network's is where what guests send leaves the page, once an internet gateway
 * lets it: to wherever they like.
 */
const networkPolicy = "default-src 'none'; script-src 'self'; connect-src *";
const NETWORK_WORKER = /\/assets\/network-worker-|\/workers\/network\/entry\.ts$/;

/** The portal's policy for all but the page in which it shows those of guests (src/frame), which has its own. */
function sendPolicies(): Plugin {
  const send =
    (portal: string): Connect.NextHandleFunction =>
    (request, response, next) => {
      const { pathname } = new URL(request.url ?? "/", "http://localhost");
      const isFrame = pathname.startsWith("/frame/") && !pathname.endsWith(".ts");
      const own = NETWORK_WORKER.test(pathname) ? networkPolicy : portal;
      response.setHeader("Content-Security-Policy", isFrame ? framePolicy : own);
      // Its sources have their own folder in `vite dev`, and the service worker the whole origin.
      if (pathname === "/frame/service-worker.ts") response.setHeader("Service-Worker-Allowed", "/");
      next();
    };
  return {
    name: "tabvisor:policies",
    configureServer: ({ middlewares }) => void middlewares.use(send(devPolicy)),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(send(portalPolicy)),
  };
}

/** A chunk's file name is its hash, so it never changes; the manifest that names it may. */
function cacheControl(path: string): string {
  return /\/chunks\/[0-9a-f]{64}$/.test(path) ? "public, max-age=31536000, immutable" : "no-cache";
}

function contentType(path: string): string {
  return path.endsWith(".json") ? "application/json" : "application/octet-stream";
}

function relaxPolicyInDev(): Plugin {
  return {
    name: "tabvisor:relax-policy-in-dev",
    apply: "serve",
    transformIndexHtml: (html, context) => (context.server ? html.replace(CSP_META, "") : html),
  };
}

/** The catalogue with those of its images that have been built: recipes of large ones are here, their files are not. */
async function builtCatalogue(): Promise<string> {
  const catalogue = JSON.parse(await readFile(join(images, CATALOGUE), "utf8")) as { images: { path: string }[] };
  const built = await Promise.all(catalogue.images.map(({ path }) => exists(join(images, path, "dist", "image.json"))));
  return JSON.stringify({ ...catalogue, images: catalogue.images.filter((_, index) => built[index]) }, null, 2);
}

/** Serves images/<name>/dist as images/<name>/ in dev, and copies it there in a build; and the catalogue beside it. */
function serveImages(): Plugin {
  let outDir = "";
  return {
    name: "tabvisor:images",
    configResolved(config) {
      outDir = resolve(config.root, config.build.outDir);
    },
    configureServer(server) {
      server.middlewares.use("/images", imageMiddleware);
    },
    configurePreviewServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? "/", "http://localhost").pathname;
        if (path.startsWith("/images/")) {
          response.setHeader("Cache-Control", cacheControl(path));
          // Without it the server takes a chunk for text, and compresses it a second time.
          response.setHeader("Content-Type", contentType(path));
        }
        next();
      });
    },
    async writeBundle() {
      for (const entry of await readdir(images, { withFileTypes: true })) {
        const built = join(images, entry.name, "dist");
        if (!entry.isDirectory() || !(await exists(built))) continue;
        await cp(built, join(outDir, "images", entry.name), { recursive: true });
      }
      await writeFile(join(outDir, "images", CATALOGUE), `${await builtCatalogue()}\n`);
    },
  };
}

const imageMiddleware: Connect.NextHandleFunction = (request, response, next) => {
  const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  if (path === `/${CATALOGUE}`) {
    response.setHeader("Content-Type", contentType(path));
    response.setHeader("Cache-Control", cacheControl(path));
    builtCatalogue().then((text) => response.end(text), next);
    return;
  }
  const [, name, ...rest] = path.split("/");
  const folder = join(images, name ?? "", "dist");
  const file = normalize(join(folder, ...rest));
  if (!name || !folder.startsWith(images + sep) || !file.startsWith(folder + sep)) return notFound(response);
  stat(file)
    .then((stats) => {
      if (!stats.isFile()) return notFound(response);
      response.setHeader("Content-Type", contentType(file));
      response.setHeader("Content-Length", stats.size);
      response.setHeader("Cache-Control", cacheControl(path));
      if (request.method === "HEAD") response.end();
      else createReadStream(file).on("error", next).pipe(response);
    })
    .catch(() => notFound(response));
};

/**
 * Cloudscape's global style sheet carries its fonts inline, 190 kB that would stand in the way of the first paint:
 * makes files of them, which load when a text needs them.
 */
function fontsToFiles(): Plugin {
  return {
    name: "tabvisor:fonts-to-files",
    apply: "build",
    generateBundle(_options, bundle) {
      for (const asset of Object.values(bundle)) {
        if (asset.type !== "asset" || !asset.fileName.endsWith(".css")) continue;
        const css = typeof asset.source === "string" ? asset.source : Buffer.from(asset.source).toString("utf8");
        asset.source = css.replace(
          /url\((["']?)data:font\/woff2;base64,([A-Za-z0-9+/=]+)\1\)/g,
          (_all, _quote, data) => {
            const bytes = Buffer.from(data, "base64");
            const name = `font-${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}.woff2`;
            this.emitFile({ type: "asset", fileName: `assets/${name}`, source: bytes });
            return `url(./${name})`;
          },
        );
      }
    },
  };
}

/** Libraries that run under Node too, and import Node's modules where they find themselves there. */
const UNIVERSAL = /\/(v86|dev-tunnels-ssh|vscode-jsonrpc)\//;
/** Of the SSH library: what it uses under Node alone, and Diffie-Hellman over integers, which the portal does not offer. */
const NOT_IN_BROWSERS = /^(?:\.\/node\/\w+|node-rsa|diffie-hellman)$/;

/** Gives a browser none of Node's modules, and the SSH library the Buffer that it takes for granted in some of its files. */
function withoutNode(): Plugin {
  const EMPTY = "\0tabvisor:no-node";
  const isNode = (id: string) => (isBuiltin(id) && id !== "buffer") || NOT_IN_BROWSERS.test(id);
  return {
    name: "tabvisor:without-node",
    enforce: "pre",
    resolveId: (id, importer) => (importer !== undefined && UNIVERSAL.test(importer) && isNode(id) ? EMPTY : undefined),
    // The SSH library derives classes from Duplex that are not used here.
    load: (id) => (id === EMPTY ? "export default undefined; export class Duplex {}" : undefined),
    transform: (code, id) =>
      /\/(dev-tunnels-ssh|vscode-jsonrpc)\/.*\.js$/.test(id) && !code.includes('require("buffer")')
        ? { code: `const { Buffer } = require("buffer"); ${code}`, map: null }
        : undefined,
  };
}

function notFound(response: ServerResponse): void {
  response.statusCode = 404;
  response.end("not found");
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

export default defineConfig({
  root: source,
  // Relative, so that dist/ works from any path of any static host.
  base: "./",
  // No fall-back to index.html: a missing file must be a 404, or an image's missing chunk would arrive as a page.
  appType: "mpa",
  cacheDir: join(top, "node_modules", ".vite"),
  plugins: [react(), withoutNode(), relaxPolicyInDev(), sendPolicies(), serveImages(), fontsToFiles()],
  worker: {
    format: "es",
    plugins: () => [withoutNode()],
    // By their folders' names: each worker's entry is called "entry".
    rolldownOptions: {
      output: {
        entryFileNames: ({ facadeModuleId }) => `assets/${basename(dirname(facadeModuleId ?? ""))}-worker-[hash].js`,
      },
    },
  },
  // `vite dev` finds by itself only what the page imports; found at a worker's start, it would reload the page.
  optimizeDeps: {
    include: ["v86", "comlink", "idb-keyval", "valibot", "@hpcc-js/wasm-zstd", "modern-tar", "pako"],
    rolldownOptions: { plugins: [withoutNode()] },
  },
  // Nobody else reads from here: by default `*.localhost` could, where guests' web pages are.
  server: { headers, cors: false, fs: { allow: [top] } },
  preview: { headers, cors: false },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    sourcemap: true,
    target: "es2023",
    // The polyfill is an inline script's worth of code for browsers that cannot run v86's wasm anyway.
    modulePreload: { polyfill: false },
    // Files, not data: URLs: the policy has no data: for fonts and scripts.
    assetsInlineLimit: 0,
    // Cloudscape's frame with React is one chunk of some 650 kB; the console is another of 350 kB.
    chunkSizeWarningLimit: 800,
    // Each worker is a build of its own inside the page's, which that check takes for slowness.
    rolldownOptions: {
      checks: { pluginTimings: false },
      input: {
        index: join(source, "index.html"),
        frame: join(source, "frame", "index.html"),
        "frame-worker": join(source, "frame", "service-worker.ts"),
        "frame-socket": join(source, "frame", "page", "socket-script.ts"),
      },
      output: {
        // A service worker answers what is below its own address: this one has to be at the top, and its script beside it.
        entryFileNames: ({ name }) => (/^frame-(worker|socket)$/.test(name) ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
    license: { fileName: "third-party-licenses.md" },
  },
});
