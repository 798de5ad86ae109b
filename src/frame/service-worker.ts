import { CloudError, hasCode, toCloudError } from "../base/errors.ts";
import { isFramePage, isSocketScript, socketScriptUrl } from "./addresses.ts";
import { LINE_WANTED } from "./contract.ts";
import { failurePage } from "./failure-page.ts";
import { ask, LINE_LOST } from "./line.ts";
import { withScript } from "./with-script.ts";

/**
 * At a guest's origin: what its pages ask for, the guest answers. The browser ends a service worker that has nothing to do
 * and starts it anew, so the line to the portal is asked for whenever there is none: of the frame's page, which stays.
 */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

/** The frame's page has nothing to do but this. */
const LINE_WITHIN_MS = 5_000;

let line: Promise<MessagePort> | undefined;
let onLine: ((port: MessagePort) => void) | undefined;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("message", (event) => {
  const [port] = event.ports;
  if (port === undefined) return;
  if (event.data !== LINE_WANTED) event.waitUntil(passOn(event.data, port));
  else if (onLine === undefined) port.close();
  else onLine(port);
});

/** What a page's script says of a WebSocket, the portal looks at. */
async function passOn(data: unknown, reply: MessagePort): Promise<void> {
  try {
    (await theLine()).postMessage(data, [reply]);
  } catch {
    // There is no portal: a port that is closed says so.
    reply.close();
  }
}

worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  // Other hosts are the browser's business, as for any web page.
  if (url.origin !== worker.location.origin) return;
  if ((event.request.mode === "navigate" && isFramePage(url)) || isSocketScript(url)) return;
  event.respondWith(answer(event));
});

async function answer({ request, clientId }: FetchEvent): Promise<Response> {
  try {
    const client = clientId === "" ? undefined : await worker.clients.get(clientId);
    // The frame's page is the portal's, with its scripts.
    if (client !== undefined && isFramePage(new URL(client.url))) return await fetch(request);
    const response = await askGuest(request);
    return request.mode === "navigate" ? withScript(response, socketScriptUrl(import.meta.env.DEV)) : response;
  } catch (thrown) {
    if (request.signal.aborted) return Response.error();
    return failurePage(toCloudError(thrown), request.mode === "navigate");
  }
}

async function askGuest(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const message = {
    method: request.method,
    path: pathname + search,
    headers: fieldsOf(request),
    body: request.body === null && /^(GET|HEAD)$/.test(request.method) ? null : await request.blob(),
    isPage: request.mode === "navigate",
  };
  const used = await theLine();
  try {
    return await ask(used, message, request.signal);
  } catch (thrown) {
    if (!hasCode(thrown, LINE_LOST)) throw thrown;
    line = undefined;
    return await ask(await theLine(), message, request.signal);
  }
}

/** What the browser says of the request beside its fields. */
function fieldsOf(request: Request): [string, string][] {
  const fields = [...request.headers];
  if (request.referrer.startsWith(worker.location.origin)) fields.push(["Referer", request.referrer]);
  if (!/^(GET|HEAD)$/.test(request.method)) fields.push(["Origin", worker.location.origin]);
  return fields;
}

async function theLine(): Promise<MessagePort> {
  line ??= newLine();
  try {
    return await line;
  } catch (thrown) {
    line = undefined;
    throw thrown;
  }
}

async function newLine(): Promise<MessagePort> {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = windows.filter(({ url }) => isFramePage(new URL(url)));
  const port = await new Promise<MessagePort>((resolve, reject) => {
    const timer = setTimeout(
      () =>
        reject(
          new CloudError(
            "Frame.NoPortal",
            "The portal that showed this page is no longer there. Open it again from there.",
          ),
        ),
      LINE_WITHIN_MS,
    );
    onLine = (given) => {
      clearTimeout(timer);
      onLine = undefined;
      resolve(given);
    };
    for (const page of pages) page.postMessage(LINE_WANTED);
  });
  port.addEventListener("close", () => {
    line = undefined;
  });
  port.start();
  return port;
}
