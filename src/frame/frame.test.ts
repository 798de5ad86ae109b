import { describe, expect, it, onTestFinished } from "vitest";
import { CloudError } from "../base/errors.ts";
import { framePageUrl, isFramePage, localTemplate, portalOrigin } from "./addresses.ts";
import { type BridgeOptions, FrameBridge, type GuestRequest } from "./bridge.ts";
import { CookieJar } from "./cookie-jar.ts";
import { answerHeaders, requestHeaders } from "./headers.ts";
import { ask } from "./line.ts";
import type { FromPage, ToPage } from "./socket-contract.ts";
import { withScript } from "./with-script.ts";

const ORIGIN = "http://i-0123456789abcdef0--80.localhost:4173";

type Fetch = (path: string, request: GuestRequest) => Promise<Response>;

const noSocket: BridgeOptions["webSocket"] = async () => {
  throw new CloudError("Network.WebSocketFailed", "The server does not open a WebSocket: it answers 404.");
};

/** A bridge before a guest, and the line to it. */
function lineTo(fetch: Fetch, webSocket = noSocket) {
  const pages: (string | null)[] = [];
  const bridge = new FrameBridge({
    origin: ORIGIN,
    fetch,
    webSocket,
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

/** A guest's WebSocket that gives back what it is given. */
function echoSocket() {
  let passing!: TransformStreamDefaultController;
  const { readable, writable } = new TransformStream<string | Uint8Array, string | Uint8Array<ArrayBuffer>>({
    start: (controller) => {
      passing = controller;
    },
  });
  const ends: unknown[] = [];
  let settle!: (how: { code: number; reason: string; wasClean: boolean }) => void;
  const closed = new Promise<{ code: number; reason: string; wasClean: boolean }>((resolve) => {
    settle = resolve;
  });
  const close = (code = 1005, reason = "") => {
    ends.push([code, reason]);
    if (code === 2) throw new CloudError("InvalidParameterValue", "The code 2 is none.");
    settle({ code, reason, wasClean: true });
    passing.terminate();
  };
  const abort = () => {
    ends.push("abort");
    settle({ code: 1006, reason: "", wasClean: false });
    passing.terminate();
  };
  const headers = new Headers({ "Set-Cookie": "from=socket; Path=/" });
  return { ends, socket: { protocol: "chat", readable, writable, closed, headers, close, abort } };
}

describe("a frame's WebSockets", () => {
  /** What a page's script does, which may be any. */
  function socketTo(line: MessagePort, path: unknown = "/ws") {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const told: ToPage[] = [];
    port1.onmessage = ({ data }: MessageEvent<ToPage>) => void told.push(data);
    line.postMessage({ socket: path, protocols: ["chat"], reply: port2 }, [port2]);
    return { told, say: (message: FromPage | unknown) => port1.postMessage(message) };
  }

  it("go to the guest, with the frame's origin and cookies, and carry messages both ways, in order to the end", async () => {
    const { ends, socket } = echoSocket();
    const asked: unknown[] = [];
    const { line, get } = lineTo(
      async (_, { headers }) => new Response(new Headers(headers).get("cookie")),
      async (path, { protocols, headers }) => {
        asked.push(path, protocols, headers);
        return socket;
      },
    );
    const { told, say } = socketTo(line, "/ws?x");
    await expect.poll(() => told).toEqual([{ is: "open", protocol: "chat" }]);
    const { host } = new URL(ORIGIN);
    const fields = [
      ["Host", host],
      ["Accept-Encoding", "identity"],
      ["Origin", ORIGIN],
    ];
    expect(asked).toEqual(["/ws?x", ["chat"], fields]);
    say({ say: "send", data: "öl" });
    say({ say: "send", data: new Uint8Array([1, 2]).buffer });
    say({ say: "close", code: 3000, reason: "enough" });
    await expect.poll(() => told.at(-1)).toMatchObject({ is: "closed" });
    expect(told.filter(({ is }) => is === "message")).toEqual([
      { is: "message", data: "öl", bytes: 2 },
      { is: "message", data: new Uint8Array([1, 2]).buffer, bytes: 2 },
    ]);
    expect(told.at(-1)).toMatchObject({ code: 3000, reason: "enough", wasClean: true });
    expect(ends).toEqual([[3000, "enough"]]);
    expect(await (await get("/")).text()).toBe("from=socket");
  });

  it("that the guest does not open tell why", async () => {
    const { line } = lineTo(async () => new Response());
    const { told } = socketTo(line);
    await expect.poll(() => told.length).toBe(1);
    expect(told[0]).toMatchObject({
      is: "closed",
      code: 1006,
      wasClean: false,
      problem: expect.stringContaining("404"),
    });
  });

  it.each([
    ["says what is none", { say: "send", data: 7 }],
    ["sends more than there is room for", { say: "send", data: "x".repeat(33 << 20) }],
    ["closes with a code that there is none of", { say: "close", code: 2 }],
  ])("end at a page that %s", async (_, message) => {
    const { ends, socket } = echoSocket();
    const { line } = lineTo(
      async () => new Response(),
      async () => socket,
    );
    const { told, say } = socketTo(line);
    await expect.poll(() => told.length).toBe(1);
    say(message);
    await expect.poll(() => ends.at(-1)).toBe("abort");
  });

  it("are opened by paths alone, 32 at a time, and end with the frame", async () => {
    const sockets: ReturnType<typeof echoSocket>[] = [];
    const { bridge, line } = lineTo(
      async () => new Response(),
      async () => {
        const made = echoSocket();
        sockets.push(made);
        return made.socket;
      },
    );
    for (const path of ["http://10.0.0.1/", "ws://127.0.0.1:22/", 1, `/${"x".repeat(20_000)}`]) socketTo(line, path);
    const all = Array.from({ length: 33 }, () => socketTo(line));
    await expect
      .poll(() => all.at(-1)?.told[0])
      .toMatchObject({ is: "closed", problem: expect.stringContaining("32") });
    expect(sockets.length).toBe(32);
    bridge.dispose();
    await expect.poll(() => sockets.every(({ ends }) => ends.includes("abort"))).toBe(true);
  });
});

describe("the script that a page gets", () => {
  const html = (...pieces: string[]) =>
    new Response(
      new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
          controller.close();
        },
      }),
      { headers: { "Content-Type": "text/html; charset=utf-8" } },
    );
  const TAG = '<script src="/s"></script>';

  it.each([
    ["<!doctype html><title>x</title>", `<!doctype html>${TAG}<title>x</title>`],
    [
      "<!DOCTYPE html>\n<html lang='a>b'>\n<head id=x><meta>",
      `<!DOCTYPE html>\n<html lang='a>b'>\n<head id=x>${TAG}<meta>`,
    ],
    ["\uFEFF<!-- <head> --> <html><body>ö", `\uFEFF<!-- <head> --> <html>${TAG}<body>ö`],
    ["<header>no head</header>", `${TAG}<header>no head</header>`],
    ["just text", `${TAG}just text`],
    ["<!-- without end", `${TAG}<!-- without end`],
    ["", ""],
  ])("stands before its own: %s", async (page, shown) => {
    expect(await withScript(html(page), "/s").text()).toBe(shown.replace("\uFEFF", ""));
    // As slowly as it may come.
    expect(await withScript(html(...page), "/s").text()).toBe(shown.replace("\uFEFF", ""));
  });

  it("is let in by a nonce, and left out of what is no page", async () => {
    const policy = { "Content-Security-Policy": "script-src 'nonce-aB+/=' 'strict-dynamic'" };
    const type = { "Content-Type": "text/html" };
    const text = async (headers: HeadersInit) => await withScript(new Response("<p>", { headers }), "/s").text();
    expect(await text({ ...type, ...policy })).toBe('<script src="/s" nonce="aB+/="></script><p>');
    for (const headers of [
      { "Content-Type": "text/plain" },
      { ...type, "Content-Disposition": "attachment; filename=x.html" },
      { ...type, "Content-Encoding": "gzip" },
      { "Content-Type": "text/html; charset=UTF-16" },
    ])
      expect(await text(headers)).toBe("<p>");
  });

  it("does not wait for what may never come", async () => {
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("<!doctype html><p>now")),
    });
    const response = new Response(endless, { headers: { "Content-Type": "text/html" } });
    const reader = withScript(response, "/s").body?.getReader();
    const read = async () => new TextDecoder().decode((await reader?.read())?.value);
    expect((await read()) + (await read()) + (await read())).toBe(`<!doctype html>${TAG}<p>now`);
    await reader?.cancel();
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
