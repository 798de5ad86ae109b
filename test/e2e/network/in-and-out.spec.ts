import { expect, test } from "@playwright/test";
import { type Host, tcp, World } from "./world.ts";

/** The page and a guest's ports: real packets of a real guest, through the network's worker. */
const PAGE = "203.0.113.1/32";
let world: World;
let web: Host;
let inner: Host;
let group: string;

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one } = world;
  const hosts = await world.launch({
    web: { subnet: one.publicSubnet, address: "10.0.1.10" },
    inner: { subnet: one.privateSubnet, address: "10.0.2.10" },
  });
  ({ web, inner } = hosts as { web: Host; inner: Host });
  group = await world.group(one, "web", [tcp(80, PAGE), tcp(82, PAGE), tcp(7, PAGE)]);
  await world.setGroups(web.interfaceId, one.defaultGroup, group);
});

test.afterAll(() => world.close());

const codeOf = (body: string) => world.cloud.codeOf(body);
const connecting = (id: string, port: number, options = "") =>
  codeOf(`await tabvisor.instances.get("${id}").connect(${port}, { timeoutMs: 1500 ${options} })`);

/** What the page gets from the guest's web server. */
const get = (id: string, path: string, port = 80) =>
  world.cloud.page.evaluate(
    async ([instance, where, on]) => {
      const response = await tabvisor.instances.get(instance).fetch(where, { port: on });
      return { status: response.status, text: await response.text() };
    },
    [id, path, port] as const,
  );

test("F09, F55: the page reaches a guest's web server through an allowed port, and not through a closed one", async () => {
  expect(await get(web.id, "/who")).toEqual({ status: 200, text: "web\n" });
  expect((await get(web.id, "/nothing")).status).toBe(404);
  // Another instance does, too, in its group.
  expect(await world.ask(inner, web.privateIp)).toBe("web");
  // The guest serves on 81, and no rule lets the page there; nobody serves on 82.
  expect(await connecting(web.id, 81)).toBe("Network.ConnectionTimedOut");
  expect(await connecting(web.id, 82)).toBe("Network.ConnectionRefused");
  const message = await world.cloud.page.evaluate(async (id) => {
    const failed = tabvisor.instances.get(id).connect(81, { timeoutMs: 500 });
    return await failed.then(
      () => "",
      (error: Error) => error.message,
    );
  }, web.id);
  expect(message).toContain(group);
  // From the next packet on it is as its rules say.
  const rules = await world.allow(group, tcp(81, PAGE));
  expect(await get(web.id, "/who", 81)).toEqual({ status: 200, text: "web\n" });
  await world.revoke(group, rules);
  expect(await connecting(web.id, 81)).toBe("Network.ConnectionTimedOut");
});

test("F53: without a public address or a way in it says which", async () => {
  expect(await connecting(inner.id, 80)).toBe("Network.Unreachable");
  const { one } = world;
  const route = (action: string) =>
    codeOf(
      `await tabvisor.routeTables.${action === "delete" ? `deleteRoute("${one.publicTable}", "0.0.0.0/0")` : `createRoute("${one.publicTable}", "0.0.0.0/0", { kind: "internet-gateway", id: tabvisor.internetGateways.list().find(({ vpcId }) => vpcId === "${one.id}").id })`}`,
    );
  expect(await route("delete")).toBe("resolved");
  expect(await connecting(web.id, 80)).toBe("Network.Unreachable");
  expect(await route("create")).toBe("resolved");
  expect((await get(web.id, "/who")).status).toBe(200);
});

test("a connection carries bytes both ways, one direction may end first, and a signal ends it", async () => {
  // How much has come, told when it has ended.
  await world.cloud.run(
    web.id,
    `printf '#!/bin/sh\\nn=$(tee /tmp/echoed | wc -c); echo "$n bytes"\\n' > /tmp/count && chmod +x /tmp/count && (nc -ll -p 7 -e /tmp/count > /dev/null 2>&1 &) ; sleep 0.2`,
  );
  const answer = await world.cloud.page.evaluate(async (id) => {
    const connection = await tabvisor.instances.get(id).connect(7);
    const writer = connection.writable.getWriter();
    const block = new Uint8Array(256 * 1024).fill(65);
    for (let i = 0; i < 8; i++) await writer.write(block);
    await writer.close();
    const text = await new Response(connection.readable).text();
    await connection.closed;
    return { text, kept: block.length };
  }, web.id);
  expect(answer).toEqual({ text: "2097152 bytes\n", kept: 262144 });
  const aborted = await world.cloud.page.evaluate(async (id) => {
    const over = new AbortController();
    const connection = await tabvisor.instances.get(id).connect(7, { signal: over.signal });
    const read = connection.readable.getReader().read();
    over.abort(new Error("enough"));
    return await Promise.all(
      [read, connection.closed].map((one) =>
        one.then(
          () => "",
          (error: Error) => error.message,
        ),
      ),
    );
  }, web.id);
  expect(aborted).toEqual(["enough", "enough"]);
});

test("F55: requests share connections, and none outlives the rule that let it in", async () => {
  // Answers again and again, with the number of its process: BusyBox's own server ends each connection.
  await world.cloud.run(
    web.id,
    `cat > /tmp/keep << 'END'
#!/bin/sh
cr=$(printf '\\r')
body=$(printf '%8d' $$)
while read -r line; do
  [ "$line" = "$cr" ] && printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 8\\r\\n\\r\\n%s' "$body"
done
END
chmod +x /tmp/keep; (nc -ll -p 82 -e /tmp/keep > /dev/null 2>&1 &) ; sleep 0.2`,
  );
  const answers: string[] = [];
  for (let asked = 0; asked < 5; asked++) answers.push((await get(web.id, "/", 82)).text);
  expect(new Set(answers).size).toBe(1);
  const rules = await world.cloud.page.evaluate(
    (id) =>
      tabvisor.securityGroups
        .get(id)
        .rules.filter(({ fromPort }) => fromPort === 82)
        .map((rule) => rule.id),
    group,
  );
  await world.revoke(group, rules);
  expect(await codeOf(`await tabvisor.instances.get("${web.id}").fetch("/", { port: 82, timeoutMs: 1500 })`)).toBe(
    "Network.ConnectionTimedOut",
  );
  await world.allow(group, tcp(82, PAGE));
  const [again = ""] = [(await get(web.id, "/", 82)).text];
  expect(answers).not.toContain(again);
});

test("a following tab's connections go past the owner's page", async () => {
  const { cloud } = world;
  const follower = await cloud.page.context().newPage();
  await follower.goto(cloud.host.url);
  await follower.waitForFunction(() => globalThis.tabvisor !== undefined);
  const answer = await follower.evaluate(async (id) => {
    const response = await tabvisor.instances.get(id).fetch("/who");
    return { role: tabvisor.role, text: await response.text() };
  }, web.id);
  expect(answer).toEqual({ role: "follower", text: "web\n" });
  await follower.close();
});

test("F55: what passes is in the flow log, live, and in a capture", async () => {
  const { page } = world.cloud;
  const seen = await page.evaluate(
    async ([id, interfaceId]) => {
      const over = new AbortController();
      const live: { destinationPort: number; action: string; sourceAddress: string; direction: string }[] = [];
      let heard = () => {};
      const rejected = new Promise<void>((resolve) => {
        heard = resolve;
      });
      const following = tabvisor.networkInterfaces.followFlowLog(
        interfaceId,
        (records) => {
          live.push(...records);
          const ports = new Set(live.map(({ destinationPort, action }) => `${action} ${destinationPort}`));
          if (ports.has("REJECT 81") && ports.has("ACCEPT 80")) heard();
        },
        { signal: over.signal },
      );
      const file = (await tabvisor.networkInterfaces.capture(interfaceId)).getReader();
      await (await tabvisor.instances.get(id).fetch("/who")).text();
      await tabvisor.instances
        .get(id)
        .connect(81, { timeoutMs: 300 })
        .catch(() => {});
      await rejected;
      over.abort();
      await following;
      // The request is in it, as it was on its way.
      const decoder = new TextDecoder("latin1");
      let text = "";
      while (!text.includes("GET /who")) text += decoder.decode((await file.read()).value);
      await file.cancel();
      const records = await tabvisor.networkInterfaces.flowLog(interfaceId);
      return { live, magic: [...text.slice(0, 4)].map((c) => c.charCodeAt(0)), records: records.length };
    },
    [web.id, web.interfaceId] as const,
  );
  expect(seen.magic).toEqual([0x0a, 0x0d, 0x0d, 0x0a]);
  expect(seen.records).toBeGreaterThan(1);
  const from = { sourceAddress: "203.0.113.1", direction: "ingress" };
  expect(seen.live).toContainEqual(expect.objectContaining({ ...from, destinationPort: 80, action: "ACCEPT" }));
  expect(seen.live).toContainEqual(expect.objectContaining({ ...from, destinationPort: 81, action: "REJECT" }));
});

/** What the guest's metadata service says, with curl's status; by wget, which knows no PUT, or by nc, which knows everything. */
const ask = async (id: string, request: string, ...fields: string[]) => {
  const text = [`${request} HTTP/1.1`, "Host: 169.254.169.254", "Connection: close", ...fields, "", ""].join("\\r\\n");
  const answer = await world.cloud.run(id, `printf '${text}' | timeout 5 nc 169.254.169.254 80`);
  const [head = "", ...body] = answer.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), body: body.join("\r\n\r\n").trim() };
};

test("F13: a guest is told about itself, with a token where that is required, and at once as it is set", async () => {
  const { cloud } = world;
  const wget = (path: string) => cloud.run(web.id, `wget -qO- http://169.254.169.254/latest/${path}`);
  expect(await wget("meta-data/instance-id")).toBe(web.id);
  expect(await wget("meta-data/local-ipv4")).toBe(web.privateIp);
  expect(await wget("meta-data/public-ipv4")).toBe(web.publicIp);
  expect(await wget("meta-data/block-device-mapping/root")).toBe("/dev/vda");
  expect((await wget("meta-data/security-groups")).split("\n").sort()).toEqual(["default", "web"]);
  // Two guests of different subnets, each its own.
  expect((await ask(inner.id, "GET /latest/meta-data/instance-id")).body).toBe(inner.id);
  expect((await ask(inner.id, "GET /latest/meta-data/public-ipv4")).status).toBe(404);

  const token = "PUT /latest/api/token";
  const { body: key } = await ask(web.id, token, "X-aws-ec2-metadata-token-ttl-seconds: 60");
  const field = `X-aws-ec2-metadata-token: ${key}`;
  const set = (options: object) =>
    codeOf(`await tabvisor.instances.get("${web.id}").modifyMetadataOptions(${JSON.stringify(options)})`);
  expect(await set({ httpTokens: "required", instanceMetadataTags: "enabled" })).toBe("resolved");
  expect((await ask(web.id, "GET /latest/meta-data/instance-id")).status).toBe(401);
  expect((await ask(web.id, "GET /latest/meta-data/instance-id", field)).body).toBe(web.id);
  expect((await ask(web.id, "GET /latest/meta-data/tags/instance/Name", field)).body).toBe("web");
  expect((await ask(inner.id, "GET /latest/meta-data/instance-id", field)).status).toBe(401);
  const { body: document } = await ask(web.id, "GET /latest/dynamic/instance-identity/document", field);
  expect(JSON.parse(document)).toMatchObject({ instanceId: web.id, privateIp: web.privateIp });
  expect((await ask(web.id, "GET /latest/dynamic/instance-identity/signature", field)).body.length).toBeGreaterThan(
    300,
  );
  const certificate = await cloud.page.evaluate(() => tabvisor.network.identityCertificate());
  expect(certificate).toMatch(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/);
  expect(await set({ httpEndpoint: "disabled" })).toBe("resolved");
  expect((await ask(web.id, "GET /latest/meta-data/instance-id", field)).status).toBe(403);
  expect(await set({ httpEndpoint: "enabled", httpTokens: "optional" })).toBe("resolved");
  expect(await wget("meta-data/instance-id")).toBe(web.id);
});

test("F14: an instance that does not run is no host", async () => {
  await world.cloud.act(inner.id, "stop");
  expect(await connecting(inner.id, 80)).toBe("IncorrectInstanceState");
});
