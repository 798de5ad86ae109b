import { describe, expect, it, onTestFinished } from "vitest";
import { CloudError } from "../base/errors.ts";
import { framePageUrl, isFramePage, localTemplate, portalOrigin } from "./addresses.ts";
import { FrameBridge, type GuestRequest } from "./bridge.ts";
import { CookieJar } from "./cookie-jar.ts";
import { answerHeaders, requestHeaders } from "./headers.ts";
import { ask } from "./line.ts";

const ORIGIN = "http://i-0123456789abcdef0--80.localhost:4173";

type Fetch = (path: string, request: GuestRequest) => Promise<Response>;

/** A bridge before a guest, and the line to it. */
function lineTo(fetch: Fetch) {
  const pages: (string | null)[] = [];
  const bridge = new FrameBridge({
    origin: ORIGIN,
    fetch,
    setCookies: (response) => response.headers.getSetCookie(),
    cookies: new CookieJar(),
    onPage: (error) => pages.push(error?.code ?? null),
  });
  onTestFinished(() => bridge.dispose());
  const { port1, port2 } = new MessageChannel();
  bridge.serve(port2);
  onTestFinished(() => port1.close());
  const get = (path: string, options: Partial<Parameters<typeof ask>[1]> = {}, signal = new AbortController().signal) =>
    ask(port1, { method: "GET", path, headers: [], body: null, isPage: false, ...options }, signal);
  return { bridge, line: port1, get, pages };
}

describe("a frame's line to its guest", () => {
  it("carries request and answer, with fields and bodies", async () => {
    const { get, pages } = lineTo(async (path, { method, headers, body }) => {
      const sent = new TextDecoder().decode(body as Uint8Array);
      return new Response(`${method} ${path} ${sent} ${new Headers(headers).get("x-one")}`, {
        status: 201,
        headers: { "Content-Type": "text/plain", "X-Frame-Options": "DENY" },
      });
    });
    const answer = await get("/form?a=b", {
      method: "POST",
      headers: [["X-One", "1"]],
      body: new Blob(["name=x"]),
      isPage: true,
    });
    expect(answer.status).toBe(201);
    expect([...answer.headers.keys()]).toEqual(["content-type"]);
    expect(await answer.text()).toBe("POST /form?a=b name=x 1");
    expect(pages).toEqual([null]);
  });

  it("reads of a long answer only what is wanted, and all of it when it is", async () => {
    let made = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            made++;
            if (made > 100) controller.close();
            else controller.enqueue(new Uint8Array(1000).fill(made));
          },
        },
        { highWaterMark: 0 },
      );
    const { get } = lineTo(async () => new Response(endless()));
    const answer = await get("/long");
    const reader = answer.body?.getReader();
    expect((await reader?.read())?.value?.[0]).toBe(1);
    // One piece read and eight ahead of it; a message port has none of its own.
    await get("/other").catch(() => {});
    expect(made).toBeLessThan(30);
    let bytes = 1000;
    for (;;) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) break;
      bytes += value?.length ?? 0;
    }
    expect(bytes).toBeGreaterThan(80_000);
  });

  it("tells what failed, and the portal as well when it was a page", async () => {
    const { get, pages } = lineTo(async () => {
      throw new CloudError("Network.ConnectionRefused", "Nothing listens on port 80.", { secret: 1 });
    });
    await expect(get("/")).rejects.toMatchObject({ code: "Network.ConnectionRefused", details: {} });
    expect(pages).toEqual([]);
    await expect(get("/", { isPage: true })).rejects.toMatchObject({ message: "Nothing listens on port 80." });
    expect(pages).toEqual(["Network.ConnectionRefused"]);
  });

  it("keeps the guest's cookies, which its pages cannot send", async () => {
    const { get } = lineTo(
      async (_path, { headers }) =>
        new Response(new Headers(headers).get("cookie"), { headers: { "Set-Cookie": "session=42; Path=/" } }),
    );
    expect(await (await get("/login", { headers: [["Cookie", "session=forged"]] })).text()).toBe("");
    expect(await (await get("/account")).text()).toBe("session=42");
  });

  it("lets six through at a time, and ends at the guest what is given up", async () => {
    const begun: string[] = [];
    const { get } = lineTo(async (path, { signal }) => {
      begun.push(path);
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      return new Response();
    });
    const abort = new AbortController();
    const all = Array.from({ length: 8 }, (_, index) => get(`/${index}`, {}, abort.signal));
    await expect.poll(() => begun.length).toBe(6);
    const settled = Promise.allSettled(all);
    abort.abort();
    expect((await settled).every(({ status }) => status === "rejected")).toBe(true);
    // The others were given up before their turn came.
    expect(begun).toHaveLength(6);
  });

  it("passes over whatever is no request, as a guest's script may send it", async () => {
    const { line, get } = lineTo(async (path) => new Response(path));
    const { port1: reply } = new MessageChannel();
    const good = { method: "GET", path: "/", headers: [], body: null, isPage: false };
    for (const bad of [
      null,
      1,
      {},
      { ...good, reply: 1 },
      { ...good, path: "http://10.0.0.1/" },
      { ...good, path: `/${"x".repeat(20_000)}` },
      { ...good, method: "GET / HTTP/1.1\r\nX: y" },
      { ...good, headers: "no" },
      { ...good, body: "text" },
      { ...good, port: 22 },
    ])
      line.postMessage(bad);
    reply.postMessage(null);
    expect(await (await get("/still")).text()).toBe("/still");
  });
});

describe("fields", () => {
  it("of requests are the page's, but for those of the connection and of the address", () => {
    expect(
      requestHeaders(
        [
          ["host", "portal"],
          ["Connection", "close"],
          ["accept-encoding", "br"],
          ["accept", "text/html"],
        ],
        ORIGIN,
      ),
    ).toEqual([
      ["Host", "i-0123456789abcdef0--80.localhost:4173"],
      ["Accept-Encoding", "identity"],
      ["accept", "text/html"],
    ]);
  });

  it.each([
    ["/next", "/next"],
    [`${ORIGIN}/next?a#b`, "/next?a#b"],
    ["https://i-0123456789abcdef0--80.localhost:4173/", "/"],
    ["http://elsewhere.example/x", "http://elsewhere.example/x"],
    ["javascript:alert(1)", "javascript:alert(1)"],
  ])("of a redirect to %s say %s", (from, to) =>
    expect(answerHeaders(new Headers({ Location: from }), ORIGIN)).toEqual([["location", to]]),
  );

  it("that forbid frames are left out, the rest of a policy is not", () =>
    expect(
      answerHeaders(
        new Headers({
          "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none', Frame-Ancestors 'self'",
          "Clear-Site-Data": '"*"',
        }),
        ORIGIN,
      ),
    ).toEqual([["content-security-policy", "default-src 'self'"]]));
});

describe("addresses", () => {
  it("give each instance and port an origin of its own", () => {
    const template = localTemplate(new URL("http://localhost:4173/#/instances")) ?? "";
    const page = framePageUrl(template, "i-0123456789abcdef0", 80);
    expect(page.origin).toBe(ORIGIN);
    expect(isFramePage(page)).toBe(true);
    expect(isFramePage(new URL("/frame/", ORIGIN))).toBe(false);
    expect(portalOrigin(page, "")).toBe("http://localhost:4173");
  });

  it.each(["http://127.0.0.1:4173/", "https://cloud.example/", "http://localhost:4173/some/where/"])(
    "do not follow from %s",
    (address) => expect(localTemplate(new URL(address))).toBeUndefined(),
  );

  it("of a deployment name their portal, and believe no one else", () => {
    const page = framePageUrl("https://{host}.frames.example/", "i-0123456789abcdef0", 8080);
    expect(page.href).toBe("https://i-0123456789abcdef0--8080.frames.example/frame/?tabvisor");
    expect(portalOrigin(page, "")).toBeUndefined();
    expect(portalOrigin(page, "https://cloud.example/")).toBe("https://cloud.example");
    expect(portalOrigin(new URL("http://evil.localhost/"), "")).toBeUndefined();
  });
});
