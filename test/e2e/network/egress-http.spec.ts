import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, expect, type Page, test } from "@playwright/test";
import { findBrowser } from "../../tools/browser.mjs";
import { PORTAL_URL } from "../urls.ts";

/**
 * HTTP of a real guest by the page's fetch, in the portal as it is served: to a server on loopback that the browser takes for
 * the Internet, by names that it maps there.
 */
const MB = 1_000_000;
let outside: http.Server;
let browser: Browser;
let page: Page;
let vm: string;
/** What the outside has been asked, as "METHOD path bytes". */
const asked: string[] = [];

/** An answer for pages of all sites, unless its host is one that has none for them. */
const answer: http.RequestListener = (request, response) => {
  const path = request.url ?? "/";
  let bytes = 0;
  request.on("data", (data: Buffer) => {
    bytes += data.length;
  });
  if (!request.headers.host?.startsWith("closed.")) response.setHeader("Access-Control-Allow-Origin", "*");
  response.setHeader("Content-Type", "text/plain");
  request.on("end", () => {
    asked.push(`${request.method} ${path} ${bytes}`);
    if (path === "/hello") response.end(`hello ${request.headers.host?.split(":")[0]}\n`);
    else if (path === "/moved") response.writeHead(302, { Location: "/hello" }).end();
    else if (path === "/sink") response.end(`${bytes} bytes\n`);
    else if (path === "/big") {
      for (let sent = 0; sent < 10; sent++) response.write(Buffer.alloc(MB, 65 + sent));
      response.end();
    } else if (path === "/dies") {
      response.setHeader("Content-Length", MB);
      response.write(Buffer.alloc(100_000, 65));
      setTimeout(() => response.destroy(), 200);
    } else response.writeHead(404).end("nothing here\n");
  });
};

test.beforeAll(async () => {
  outside = http.createServer(answer).listen(0, "127.0.0.1");
  await once(outside, "listening");
  const { port } = outside.address() as AddressInfo;
  const { executablePath, args } = findBrowser();
  const rules = `MAP nowhere.example ~NOTFOUND, MAP *.example 127.0.0.1:${port}`;
  browser = await chromium.launch({ executablePath, args: [...args, `--host-resolver-rules=${rules}`] });
  page = await browser.newPage();
  await page.goto(PORTAL_URL);
  await page.waitForFunction(() => globalThis.tabvisor !== undefined);
  vm = await page.evaluate(async () => {
    const [instance] = await tabvisor.instances.launch({ image: "tiny", type: "v1.small" });
    await instance?.ready();
    return instance?.id ?? "";
  });
  await run("until ip route | grep -q default; do sleep 0.2; done");
});

test.afterAll(async () => {
  await browser?.close();
  outside?.close();
});

/** A command in the guest: its output, and how it ended. */
const run = (command: string) =>
  page.evaluate(
    async ([id, text]) => {
      const { stdout, stderr, exitCode } = await tabvisor.instances.get(id).exec(text, { timeoutMs: 90_000 });
      return { stdout: stdout.trim(), stderr: stderr.trim(), exitCode };
    },
    [vm, command] as const,
  );

const setGateway = (outbound: boolean) =>
  page.evaluate(async (isOn) => {
    const vpc = tabvisor.vpcs.list().find(({ isDefault, region }) => isDefault && region === "us-east-1");
    const gateway = tabvisor.internetGateways.list().find((one) => one.vpcId === vpc?.id);
    await tabvisor.internetGateways.modify(gateway?.id ?? "", { outbound: isOn });
  }, outbound);

test("F53, N7: while the gateway lets nothing out, names do not exist and addresses fail at once", async () => {
  const name = await run("time wget -T 20 -O - http://open.example/hello");
  expect(name.stderr).toContain("bad address 'open.example'");
  const address = await run("wget -T 20 -O - http://192.0.2.1/hello");
  expect(address.stderr).not.toContain("timed out");
  expect(address.stderr).toMatch(
    /can't connect to remote host.*: (Permission denied|Host is unreachable|No route to host)/,
  );
  expect(asked).toEqual([]);
});

test("E3: a guest gets what lets other sites' pages have it, by name, with redirects and answers that say no", async () => {
  await setGateway(true);
  expect((await run("wget -q -O - http://open.example/hello")).stdout).toBe("hello open.example");
  expect((await run("wget -q -O - http://open.example/moved")).stdout).toBe("hello open.example");
  const missing = await run("wget -O - http://open.example/missing");
  expect(missing).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("404 Not Found") });
  // No question by OPTIONS before: what programs send needs no leave.
  expect(asked).toEqual(["GET /hello 0", "GET /moved 0", "GET /hello 0", "GET /missing 0"]);
});

test("E3: 10 MB come and go whole", async () => {
  test.skip(process.env.TABVISOR_FULL !== "1", "half a minute of a guest's work: npm run test:full");
  await setGateway(true);
  const expected = await run("for c in A B C D E F G H I J; do head -c 1000000 /dev/zero | tr '\\0' $c; done | md5sum");
  expect((await run("wget -q -O - http://open.example/big | md5sum")).stdout).toBe(expected.stdout);
  await run("head -c 10000000 /dev/zero | tr '\\0' x > /tmp/ten");
  expect((await run("wget -q -O - --post-file /tmp/ten http://open.example/sink")).stdout).toBe("10000000 bytes");
  const tooMuch = await run(
    "head -c 17000000 /dev/zero | tr '\\0' x > /tmp/ten; wget -O - --post-file /tmp/ten http://open.example/sink",
  );
  expect(tooMuch.stderr).toMatch(/413|reset|error writing/);
});

test("E3: what cannot be had ends at once, and says why", async () => {
  await setGateway(true);
  const get = (url: string) => run(`printf 'GET / HTTP/1.0\\r\\nHost: ${url}\\r\\n\\r\\n' | nc -w 30 192.0.2.1 80`);
  for (const host of ["closed.example", "nowhere.example"]) {
    expect((await run(`wget -O - http://${host}/hello`)).stderr).toContain("502 Bad Gateway");
    expect((await get(host)).stdout).toContain("Access-Control-Allow-Origin");
  }
  expect((await run("wget -O - http://localhost.example.localhost/")).stderr).toContain("403 Forbidden");
  const https = await run("wget -T 20 -O - https://open.example/hello");
  expect(https).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("Connection refused") });
  const dies = await run("wget -T 20 -O /dev/null http://open.example/dies");
  expect(dies.exitCode).toBe(1);
  expect(dies.stderr).not.toContain("timed out");
});

test("F52: without a route to the gateway packets come to nothing, as in EC2, and reachability says so", async () => {
  await page.evaluate(async () => {
    const vpc = tabvisor.vpcs.list().find(({ isDefault, region }) => isDefault && region === "us-east-1");
    const table = tabvisor.routeTables.list().find((one) => one.vpcId === vpc?.id);
    await tabvisor.routeTables.deleteRoute(table?.id ?? "", "0.0.0.0/0");
  });
  const silent = await run("wget -T 2 -O - http://192.0.2.1/hello");
  expect(silent).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("timed out") });
  const outcome = await page.evaluate(async () => {
    const interfaceId = tabvisor.networkInterfaces.list()[0]?.id ?? "";
    const source = { kind: "interface", interfaceId } as const;
    const destination = { kind: "address", address: "192.0.2.1" } as const;
    return (await tabvisor.network.explain({ source, destination, protocol: "tcp", port: 80 })).forward.outcome;
  });
  expect(outcome).toMatchObject({ arrived: false, reason: "no-route" });
});
