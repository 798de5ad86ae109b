import type { Frame, Page } from "@playwright/test";
import { findBrowser } from "../../tools/browser.mjs";
import { expect, type Portal, test } from "../portal/fixtures.ts";
import { tcp } from "./world.ts";

/**
 * A frame's service worker counts as another site's: a browser that blocks "third-party cookies" has none. Playwright's own
 * list of features, which this replaces, has it block them.
 */
const { executablePath, args } = findBrowser();
const ALLOW_THIRD_PARTIES = "--disable-features=TrackingProtection3pcd,ForceThirdPartyCookieBlocking";
test.use({ launchOptions: { executablePath, args: [...args, ALLOW_THIRD_PARTIES] } });

/** What the guest serves: a page with a style sheet, an image, a link and a form, and one that means harm. */
const SITE = `mkdir -p /www/cgi-bin && cd /www
cat > index.html << 'END'
<!doctype html><title>Front page</title><link rel="stylesheet" href="/style.css">
<h1>Hello from the guest</h1><img src="/square.svg" alt="square">
<p><a href="/two.html?x=1">second</a>
<form method="post" action="/cgi-bin/form"><input name="word" value="öl"><button>Send</button></form>
END
echo '<!doctype html><title>Second</title><h1>The second page</h1>' > two.html
echo 'h1 { color: rgb(1, 2, 3) }' > style.css
echo '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><rect width="40" height="40" fill="green"/></svg>' > square.svg
printf '%s\\n' '#!/bin/sh' 'printf "Content-Type: text/plain\\r\\nSet-Cookie: session=42; Path=/\\r\\n\\r\\n"' 'echo "$REQUEST_METHOD $(cat) at $HTTP_HOST, cookie $HTTP_COOKIE."' > cgi-bin/form
chmod +x cgi-bin/form
cat > evil.html << 'END'
<!doctype html><title>Evil</title><script>
const portal = location.origin.replace(/\\/\\/[^.]+\\./, "//");
const attempt = async (what) => { try { return await what(); } catch (error) { return error.name; } };
const socket = (origin) => new Promise((resolve) => {
  const one = new WebSocket(origin.replace("http", "ws") + "/");
  one.onopen = () => resolve("open");
  one.onclose = ({ code }) => resolve(code);
});
const crafted = (message) => new Promise((resolve) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => resolve(data.is + " " + data.problem);
  navigator.serviceWorker.controller.postMessage({ ...message, reply: port2 }, [port2]);
  // By then what was asked before has been answered.
  fetch("/two.html").then(() => fetch("/two.html")).then(() => resolve("no answer"));
});
const heard = [];
addEventListener("message", ({ data }) => heard.push(data));
window.tried = (async () => {
  top.postMessage("tabvisor-frame-ready", "*");
  parent.parent.postMessage("tabvisor-frame-ready", "*");
  const frame = document.createElement("iframe");
  const shown = new Promise((resolve) => { frame.onload = resolve; });
  frame.src = portal + "/";
  document.head.append(frame);
  const findings = {
    portal: await attempt(() => top.document.title),
    api: await attempt(() => typeof top.tabvisor.instances),
    bootstrap: await attempt(() => parent.parent.document.title),
    portalStorage: await attempt(() => top.localStorage.length),
    storage: await attempt(() => localStorage.getItem("secret")),
    cookie: await attempt(() => document.cookie),
    databases: await attempt(async () => (await indexedDB.databases()).length),
    caches: await attempt(async () => (await caches.keys()).length),
    locks: await attempt(async () => (await navigator.locks.query()).held.length),
    files: await attempt(async () => { for await (const name of (await navigator.storage.getDirectory()).keys()) return name; return "none"; }),
    fetched: await attempt(async () => (await fetch(portal + "/")).status),
    navigated: await attempt(() => { top.location.href = portal + "/stolen"; return "no error"; }),
    opened: await attempt(() => window.open(portal + "/")),
    worker: await attempt(() => navigator.serviceWorker.register("/evil.js")),
    otherPort: await attempt(async () => (await fetch(location.origin.replace("--80", "--81") + "/")).status),
    socketPortal: await socket(portal),
    socketOtherPort: await socket(location.origin.replace("--80", "--81")),
    socketAddress: await crafted({ socket: "ws://127.0.0.1:22/", protocols: [] }),
    socketPort: await crafted({ socket: "/", protocols: [], port: 22, headers: [["Cookie", "a"]] }),
  };
  await shown;
  // By then the portal's thread has answered what was sent to it before.
  await fetch("/style.css");
  return { ...findings, heard };
})();
</script>
END
until ip -4 addr show eth0 | grep -q 'inet '; do sleep 0.1; done
httpd -p 80 -h /www`;

/** A server of pages and WebSockets, each by a process of its own: it gives back what it is sent. */
const SOCKETS = `cat > /www/sockets << 'END'
#!/bin/sh
read -r method path version
while read -r line; do
  line=$(echo "$line" | tr -d '\\r')
  [ -z "$line" ] && break
  case $line in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=\${line#*: } ;; esac
done
if [ "$path" != /ws ]; then
  printf 'HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\nConnection: close\\r\\n\\r\\n'
  echo '<!doctype html><title>Sockets</title><h1>Sockets</h1>'
  exit
fi
accept=$(printf %s258EAFA5-E914-47DA-95CA-C5AB0DC85B11 "$key" | sha1sum | cut -c1-40 | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n'
printf 'Sec-WebSocket-Accept: %s\\r\\n\\r\\n' "$accept"
bytes() { dd bs=1 count=$1 2> /dev/null | xxd -p | tr -d '\\n'; }
at() { echo $1 | cut -c$(($2 * 2 + 1))-$(($2 * 2 + 2)); }
while :; do
  head=$(bytes 6)
  [ \${#head} = 12 ] || exit
  opcode=$((0x$(at $head 0) & 15))
  length=$((0x$(at $head 1) & 127))
  body=$(bytes $length)
  out= i=0
  while [ $i -lt $length ]; do
    out=$out$(printf '\\\\x%02x' $((0x$(at $body $i) ^ 0x$(at $head $((i % 4 + 2))))))
    i=$((i + 1))
  done
  printf "\\\\x8$(printf %x $opcode)\\\\x$(printf %02x $length)$out"
  [ $opcode = 8 ] && exit
done
END
chmod +x /www/sockets; (nc -ll -p 8080 -e /www/sockets > /dev/null 2>&1 &) ; sleep 0.2`;

/** An instance that serves it, in the default security group. */
async function serve(portal: Portal): Promise<{ id: string; group: string }> {
  await portal.open();
  const [id = ""] = await portal.launch({ name: "web", type: "v1.small" });
  const group = await portal.page.evaluate(async (instance) => {
    await tabvisor.instances.get(instance).ready();
    const own = tabvisor.networkInterfaces.list().find(({ attachment }) => attachment?.instanceId === instance);
    return own?.groupIds[0] ?? "";
  }, id);
  await portal.exec(id, SITE);
  await portal.page.evaluate(() => {
    localStorage.setItem("secret", "the portal's");
    // biome-ignore lint/suspicious/noDocumentCookie: what a guest's page must not read.
    document.cookie = "secret=1";
  });
  portal.watch.allow(/request to another origin: http:\/\/i-[0-9a-f]+--\d+\.localhost/);
  return { id, group };
}

const allow = (portal: Portal, group: string, port = 80) =>
  portal.page.evaluate(async ([id, rule]) => void (await tabvisor.securityGroups.authorize(id, "ingress", [rule])), [
    group,
    tcp(port, "0.0.0.0/0"),
  ] as const);

/** The guest's page inside of the frame's page. */
async function guestFrame(page: Page, path: string): Promise<Frame> {
  const shows = (url: string) => URL.canParse(url) && new URL(url).pathname === path && !url.includes("?tabvisor");
  const find = () => page.frames().find((frame) => frame.parentFrame() !== null && shows(frame.url()));
  await expect.poll(() => find()?.url() ?? "none").toContain(path);
  return find() as Frame;
}

test.describe("a guest's web server in the portal", () => {
  test("F55: what keeps a page away is named; then it comes, with style, image, links and forms", async ({
    portal,
  }) => {
    const { page } = portal;
    const { id, group } = await serve(portal);
    portal.watch.allow(/502 \(Bad Gateway\)|allow-scripts and allow-same-origin/);
    await portal.go(`#/instances/${id}/web`);
    await portal.button("Open").click();
    await expect(page.getByText(`no inbound rule of ${group} allows it`)).toBeVisible();
    await allow(portal, group);
    await portal.button("Reload").click();
    await expect(page.getByText("no inbound rule")).toBeHidden();

    const guest = await guestFrame(page, "/");
    await expect(guest.getByRole("heading")).toHaveText("Hello from the guest");
    await expect(guest.getByRole("heading")).toHaveCSS("color", "rgb(1, 2, 3)");
    expect(await guest.getByRole("img").evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
    await page.screenshot({ path: "test-results/frame-page.png" });

    await guest.getByRole("link").click();
    await expect(page.getByRole("textbox", { name: "Path" })).toHaveValue("/two.html?x=1");
    await portal.button("Back").click();
    await expect(page.getByRole("textbox", { name: "Path" })).toHaveValue("/");
    // The browser ends idle service workers: the next request starts it anew, without its line.
    const browser = await page.context().newCDPSession(page);
    await browser.send("ServiceWorker.enable");
    await browser.send("ServiceWorker.stopAllWorkers");
    const again = await guestFrame(page, "/");
    await again.getByRole("button").click();
    await expect(page.getByRole("textbox", { name: "Path" })).toHaveValue("/cgi-bin/form");
    const answer = await guestFrame(page, "/cgi-bin/form");
    await expect(answer.locator("body")).toContainText(`POST word=%C3%B6l at ${id}--80.localhost`);
    // A service worker can set no cookies; the portal keeps them.
    await expect(answer.locator("body")).toContainText("cookie .");
    const later = await answer.evaluate(
      async () => await (await fetch("/cgi-bin/form", { method: "POST", body: "again" })).text(),
    );
    expect(later).toContain("cookie session=42.");

    // A link to somewhere else is shut, and says so; there is a way back.
    portal.watch.allow(/elsewhere\.example/);
    await answer.evaluate(() => {
      location.href = "https://elsewhere.example/";
    });
    await expect(page.getByText("A link to another site")).toBeVisible();
    await portal.button("Back").click();
    await expect(page.getByText("A link to another site")).toBeHidden();
    await expect((await guestFrame(page, "/cgi-bin/form")).locator("body")).toContainText("cookie session=42.");

    await portal.exec(id, "killall httpd");
    await portal.button("Reload").click();
    await expect(page.getByText("Nothing listens on this port")).toBeVisible();
    await portal.exec(id, "httpd -p 80 -h /www");
    await portal.button("Try again").click();
    await expect(page.getByText("Nothing listens on this port")).toBeHidden();
    await portal.exec(id, "killall httpd");
    await portal.button("Reload").click();
    await expect(page.getByText("Nothing listens on this port")).toBeVisible();
    await page.screenshot({ path: "test-results/frame-refused.png" });
  });

  test("a page that means harm reads nothing of the portal and does nothing to it", async ({ portal }) => {
    const { page } = portal;
    const { id, group } = await serve(portal);
    await allow(portal, group);
    // Every attempt is told of in the console.
    portal.watch.allow(/^console |policy violation|^uncaught|request to another origin/);
    await portal.go(`#/instances/${id}/web`);
    await page.getByRole("textbox", { name: "Path" }).fill("/evil.html");
    await portal.button("Open").click();
    const evil = await guestFrame(page, "/evil.html");
    const findings = await evil.evaluate(() => (globalThis as unknown as { tried: Promise<unknown> }).tried);
    expect(findings).toEqual({
      portal: "SecurityError",
      api: "SecurityError",
      bootstrap: "SecurityError",
      portalStorage: "SecurityError",
      storage: null,
      cookie: "",
      databases: 0,
      caches: 0,
      locks: 0,
      files: "none",
      fetched: "TypeError",
      navigated: "SecurityError",
      opened: null,
      worker: "TypeError",
      otherPort: "TypeError",
      // What goes anywhere else is the browser's, and comes to nothing; the portal opens paths of that one port alone.
      socketPortal: 1006,
      socketOtherPort: 1006,
      socketAddress: "no answer",
      socketPort: expect.stringMatching(/^closed .* does not open a WebSocket: it answers/),
      heard: [],
    });
    expect(page.url()).toContain(`#/instances/${id}/web`);
    // What it put into a frame is the browser's own page of what may not be shown.
    const framed = evil.childFrames().map((frame) => frame.url());
    expect(framed).toEqual(["chrome-error://chromewebdata/"]);
    expect(await page.evaluate(() => tabvisor.instances.list().length)).toBe(1);
  });

  test("its pages have WebSockets to their own server, which is a real guest's", async ({ portal }) => {
    const { page } = portal;
    const { id, group } = await serve(portal);
    await portal.exec(id, SOCKETS);
    await allow(portal, group, 8080);
    portal.watch.allow(/^console |policy violation/);
    await portal.go(`#/instances/${id}/web`);
    await page.getByRole("spinbutton", { name: "Port" }).fill("8080");
    await portal.button("Open").click();
    const guest = await guestFrame(page, "/");
    await expect(guest.getByRole("heading")).toHaveText("Sockets");
    const findings = await guest.evaluate(async () => {
      const on = (target: EventTarget, name: string) =>
        new Promise<Event>((resolve) => target.addEventListener(name, resolve, { once: true }));
      const socket = new WebSocket("/ws");
      const before = [socket instanceof WebSocket, socket.readyState, socket.url];
      await on(socket, "open");
      socket.send("öl");
      const text = ((await on(socket, "message")) as MessageEvent).data;
      socket.binaryType = "arraybuffer";
      socket.send(Uint8Array.of(0, 255, 7).subarray(1));
      const bytes = [...new Uint8Array(((await on(socket, "message")) as MessageEvent).data)];
      socket.close(3000, "bye");
      const { code, reason, wasClean } = (await on(socket, "close")) as CloseEvent;
      const refused = new WebSocket("/nothing");
      const failed = (await on(refused, "close")) as CloseEvent;
      const { length } = document.scripts;
      return { before, text, bytes, end: [code, reason, wasClean], failed: [failed.code, failed.wasClean], length };
    });
    expect(findings).toEqual({
      before: [true, 0, expect.stringMatching(/^ws:\/\/i-[0-9a-f]+--8080\.localhost:\d+\/ws$/)],
      text: "öl",
      bytes: [255, 7],
      end: [3000, "bye", true],
      failed: [1006, false],
      // Nothing of ours is left in the page.
      length: 0,
    });
    // What a page has open ends with the frame.
    await guest.evaluate(() => {
      (globalThis as { left?: WebSocket }).left = new WebSocket("/ws");
    });
    const processes = "ps | grep -c '[/]www/sockets'";
    await portal.exec(id, `until [ $(${processes}) -gt 1 ]; do sleep 0.1; done`);
    await portal.button("Close").click();
    await portal.exec(id, `until [ $(${processes}) -le 1 ]; do sleep 0.1; done`);
  });

  test("in a tab of its own there is no way back to the portal's", async ({ portal }) => {
    const { page } = portal;
    const { id, group } = await serve(portal);
    await allow(portal, group);
    portal.watch.allow(/allow-scripts and allow-same-origin/);
    await portal.go(`#/instances/${id}/web`);
    await portal.button("Open").click();
    await guestFrame(page, "/");
    const opening = page.context().waitForEvent("page");
    await portal.button("Open in a new tab").click();
    const tab = await opening;
    const guest = await guestFrame(tab, "/");
    await expect(guest.getByRole("heading")).toHaveText("Hello from the guest");
    await expect(guest.getByRole("heading")).toHaveCSS("color", "rgb(1, 2, 3)");
    expect(await guest.evaluate(() => [top?.opener, top === parent])).toEqual([null, true]);
    await tab.screenshot({ path: "test-results/frame-tab.png" });
  });
});
