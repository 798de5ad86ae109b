import { expect, test, type Worker } from "@playwright/test";
import { namedWorker } from "../machine/fixtures.ts";
import { type Host, tcp, World } from "./world.ts";

/** What goes on when something ends in the middle of transfers; with real guests. */
test.skip(process.env.TABVISOR_FULL !== "1", "starts machines again and again: npm run test:full");

let world: World;
let a: Host;
let b: Host;
let c: Host;
const PAGE = "203.0.113.1/32";

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one } = world;
  const others = await world.launch({
    a: { subnet: one.publicSubnet, address: "10.0.1.10" },
    c: { subnet: one.publicSubnet, address: "10.0.1.12" },
  });
  ({ a, c } = others as { a: Host; c: Host });
  const last = await world.launch({ b: { subnet: one.publicSubnet, address: "10.0.1.11" } });
  ({ b } = last as { b: Host });
  const group = await world.group(one, "page", [tcp(80, PAGE)]);
  for (const { id, interfaceId } of [a, b, c]) {
    await world.setGroups(interfaceId, one.defaultGroup, group);
    await impatient(id);
  }
});

test.afterAll(() => world.close());

/** Linux asks a peer that says nothing for a quarter of an hour: here it gives up after some seconds (tcp(7), tcp_retries2). */
const impatient = (id: string) => world.cloud.run(id, "echo 3 > /proc/sys/net/ipv4/tcp_retries2");

/** What the guest has received by a card of its. */
const received = (name: string) => `$(cat /sys/class/net/${name}/statistics/rx_bytes)`;

/** Waits until the guest has received another MB. */
const receives = (id: string, name = "eth0") =>
  world.cloud.run(id, `end=$((${received(name)} + 1000000)); until [ ${received(name)} -gt $end ]; do sleep 0.1; done`);

/**
 * Has a guest send without an end to another one's address, which receives by a card of its. The receiver's own input stays
 * open, or nc would end its direction, and the connection be half-closed from the beginning.
 */
async function flow(from: Host, to: Host, port: number, { address = to.privateIp, card = "eth0" } = {}): Promise<void> {
  await world.cloud.run(
    to.id,
    `sleep 100000 2> /dev/null | nc -l -p ${port} > /dev/null 2>&1 & until netstat -ltn | grep -q ':${port} '; do sleep 0.1; done`,
  );
  await world.cloud.run(from.id, `nc ${address} ${port} < /dev/zero > /dev/null 2>&1 & echo $! > /tmp/flow${port}`);
  await receives(to.id, card);
}

/** Waits until the sender's program has ended by itself: its kernel has told it that nobody is there. */
const ends = (from: Host, port: number) =>
  world.cloud.run(from.id, `while [ -d /proc/$(cat /tmp/flow${port}) ]; do sleep 0.2; done`);

/** Ends what is left of all flows. */
const endFlows = async (...hosts: Host[]) => {
  for (const { id } of hosts) await world.cloud.exec(id, "killall nc sleep");
};

/** A transfer from the start: two MB of another guest arrive as they are. */
async function transfers(from: Host, to: Host, address = to.privateIp): Promise<void> {
  const sum = await world.cloud.run(to.id, "head -c 2000000 /dev/urandom > /www/data; md5sum < /www/data");
  expect(await world.cloud.run(from.id, `wget -q -O - http://${address}/data | md5sum`)).toBe(sum);
}

/** Opens a connection of the page to the guest's web server, on which nothing is said; gives how the guest's direction ends. */
async function held(to: Host): Promise<() => Promise<string>> {
  const { page } = world.cloud;
  const handle = await page.evaluateHandle(async (id) => {
    const { readable } = await tabvisor.instances.get(id).connect(80);
    // Not by a Response: Chromium says of some errors of a stream that fetching failed, and of others what they are.
    const read = async () => {
      const decoder = new TextDecoder();
      let text = "";
      for await (const bytes of readable) text += decoder.decode(bytes, { stream: true });
      return `ended ${text}`;
    };
    return { ended: read().catch((error: { code?: string }) => error.code ?? String(error)) };
  }, to.id);
  return () => handle.evaluate(({ ended }) => ended);
}

const serves = async (host: Host, name: string) => {
  await world.cloud.ready(host.id);
  await world.serve(host.id, name, host.privateIp);
  await impatient(host.id);
};

test("F58 an interface that is taken away in the middle of transfers: their senders give up, everything else goes on", async () => {
  const { cloud, one } = world;
  const { id, address } = await cloud.page.evaluate(
    async ([subnetId, groupId]) => {
      const made = await tabvisor.networkInterfaces.create({ subnetId, securityGroupIds: [groupId] });
      return { id: made.id, address: made.addresses[0]?.privateIp ?? "" };
    },
    [one.privateSubnet, one.defaultGroup] as const,
  );
  const attach = async () => {
    const attachment = await cloud.page.evaluate(
      ([networkInterfaceId, instanceId]) =>
        tabvisor.networkInterfaces.attach({ networkInterfaceId, instanceId, deviceIndex: 1 }),
      [id, b.id] as const,
    );
    // Answers go back by the card that was asked.
    await cloud.run(
      b.id,
      `ip link set eth1 up && ip addr add ${address}/24 dev eth1 && ip route add ${a.privateIp} via 10.0.2.1 dev eth1`,
    );
    return attachment;
  };
  const attachment = await attach();
  await flow(a, b, 7100, { address, card: "eth1" });
  await flow(b, a, 7101);
  await flow(c, b, 7102);
  expect(await cloud.codeOf(`await tabvisor.networkInterfaces.detach("${attachment}")`)).toBe("resolved");
  expect(await cloud.run(b.id, "ls /sys/class/net")).toBe("eth0\nlo");
  // Who sent to it, and who sent by it.
  await ends(a, 7100);
  await ends(b, 7101);
  await receives(b.id);
  expect(await world.ask(c, b.privateIp)).toBe("b");
  await endFlows(a, b, c);
  expect(await world.ask(a, b.privateIp)).toBe("b");

  const again = await attach();
  await transfers(a, b, address);
  expect(await cloud.codeOf(`await tabvisor.networkInterfaces.detach("${again}")`)).toBe("resolved");
  expect(await cloud.codeOf(`await tabvisor.networkInterfaces.delete("${id}")`)).toBe("resolved");
});

test("N7 the network's worker dies in the middle of transfers: the page hears of it, and everything is plugged in again", async () => {
  const { page } = world.cloud;
  await flow(a, b, 7200);
  const ended = await held(b);
  const next = page.waitForEvent("worker");
  await (await namedWorker(page, "tabvisor network")).evaluate(() => globalThis.close());
  expect(await ended()).toBe("Worker.Gone");
  await next;
  // Rules are in force in the new one before anything passes.
  await expect.poll(() => world.ask(c, b.privateIp)).toBe("b");
  expect(await world.ask(c, b.privateIp, 82)).toBe("refused");
  await endFlows(a, b);
  await transfers(a, b);
  await transfers(b, a);
  expect((await world.cloud.facts(a.id)).state).toBe("running");
});

test("F14 an instance's power is cut in the middle of transfers: who spoke with it gives up, goes on with others, and has it back", async () => {
  await flow(a, b, 7300);
  await flow(b, c, 7301);
  await world.cloud.page.evaluate((id) => tabvisor.instances.get(id).stop({ force: true }), b.id);
  await world.cloud.waitUntil(b.id, "stopped");
  expect(await world.ask(a, b.privateIp)).toBe("dropped");
  await ends(a, 7300);
  await transfers(a, c);
  await world.cloud.act(b.id, "start");
  await serves(b, "b");
  await transfers(a, b);
  await transfers(b, c);
  await endFlows(a, c);
});

test("F14 an instance is stopped in order in the middle of a transfer: who spoke with it is told at once", async () => {
  await flow(a, b, 7400);
  const ended = await held(b);
  await world.cloud.act(b.id, "stop");
  // Its programs are ended while it still has its network.
  expect(await ended()).toMatch(/^(ended |Network\.ConnectionReset)$/);
  await ends(a, 7400);
  await world.cloud.waitUntil(b.id, "stopped");
  await world.cloud.act(b.id, "start");
  await serves(b, "b");
  await transfers(a, b);
});

test("L18 a machine's worker dies in the middle of transfers: nobody waits for ever, and it is there again when it is started", async () => {
  test.setTimeout(400_000);
  const { cloud } = world;
  await cloud.act(b.id, "stop");
  await cloud.waitUntil(b.id, "stopped");
  // The one that waits for the next start is the last.
  const spare = (await machineWorkers()).at(-1);
  await cloud.act(b.id, "start");
  await serves(b, "b");
  await flow(a, b, 7500);
  await flow(b, c, 7501);
  const ended = await held(b);
  await spare?.evaluate(() => self.close()).catch(() => {});
  await cloud.waitUntil(b.id, "stopped");
  expect((await cloud.facts(b.id)).reason).toBe("Server.InternalError");
  await ends(a, 7500);
  await transfers(a, c);
  await cloud.act(b.id, "start");
  await serves(b, "b");
  await transfers(a, b);
  await transfers(b, c);
  await endFlows(a, c);
  // Nobody has told it: it was asked whether it is still there.
  expect(await ended()).toBe("Network.ConnectionTimedOut");
});

async function machineWorkers(): Promise<Worker[]> {
  const named = await Promise.all(
    world.cloud.page.workers().map(async (worker) => [worker, await worker.evaluate(() => self.name)] as const),
  );
  return named.filter(([, name]) => name === "tabvisor vm").map(([worker]) => worker);
}

test("F14 the page is reloaded in the middle of transfers: its guests' network is there again when they are", async () => {
  const { cloud } = world;
  await flow(a, b, 7600);
  await flow(c, b, 7601);
  await held(b);
  await cloud.reload();
  expect(await cloud.facts(a.id)).toMatchObject({ state: "stopped", reason: "Server.PageClosed" });
  for (const { id } of [a, b]) await cloud.act(id, "start");
  await Promise.all([serves(a, "a"), serves(b, "b")]);
  await transfers(a, b);
  const ended = await held(b);
  await cloud.act(b.id, "stop");
  expect(await ended()).toMatch(/^(ended |Network\.ConnectionReset)$/);
});
