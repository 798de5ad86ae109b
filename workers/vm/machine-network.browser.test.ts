import { afterEach, describe, expect, it } from "vitest";
import { LIMIT_MS, owned } from "./testing/machines.ts";
import { addressOf, cardOf, oneSubnet, TestNetwork } from "./testing/test-network.ts";
import { TestVm } from "./testing/test-vm.ts";

const A = 10;
const B = 11;
/** A second interface of one of them. */
const SECOND = 20;
/** A neighbour of both. */
const C = 12;

/** Each of them boots two machines. */
const isFull = Boolean((import.meta as { env?: Record<string, string> }).env?.TABVISOR_FULL);

let network: TestNetwork | undefined;
afterEach(() => network?.dispose());

async function start(): Promise<TestNetwork> {
  network = await TestNetwork.start(oneSubnet([A, B, C, SECOND]));
  return network;
}

async function run(vm: TestVm, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vm.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode}: ${stdout}${stderr}`);
  return stdout.trim();
}

/** Waits until the guest has its lease. */
const leased = (vm: TestVm, host: number, name = "eth0") =>
  run(vm, `until ip -4 addr show ${name} | grep -q 'inet ${addressOf(host)}/24'; do sleep 0.1; done`);

async function pair() {
  const both = await start();
  const [a, b] = await Promise.all([both.boot(A), both.boot(B)]);
  await Promise.all([a.event("ready"), b.event("ready")]);
  await Promise.all([leased(a, A), leased(b, B)]);
  return { a, b, network: both };
}

/** Sends random bytes from one to the other by nc; gives the checksums of both ends. */
async function transfer(from: TestVm, to: TestVm, address: string, mib: number): Promise<[string, string]> {
  const port = 5000 + Math.floor(Math.random() * 1000);
  const receiving = run(to, `nc -l -p ${port} | md5sum`);
  await run(to, `until netstat -ltn | grep -q ':${port} '; do sleep 0.1; done`);
  await run(from, `[ -f /tmp/data${mib} ] || dd if=/dev/urandom of=/tmp/data${mib} bs=1M count=${mib} 2>/dev/null`);
  await run(from, `nc ${address} ${port} < /tmp/data${mib}`);
  return [await run(from, `md5sum < /tmp/data${mib}`), await receiving];
}

/** Begins to send random bytes by nc; when some have come, gives the port, and how the sending ends. The sum goes to /tmp/sumPORT. */
async function beginTransfer(from: TestVm, to: TestVm, address: string, mib: number) {
  const port = 6000;
  await run(to, `nc -l -p ${port} 2> /dev/null | md5sum > /tmp/sum${port} &`);
  await run(to, `until netstat -ltn | grep -q ':${port} '; do sleep 0.1; done`);
  await run(from, `dd if=/dev/urandom of=/tmp/data${mib} bs=1M count=${mib} 2> /dev/null`);
  const done = run(from, `nc ${address} ${port} < /tmp/data${mib}`);
  await run(to, "until [ $(cat /sys/class/net/eth0/statistics/rx_bytes) -gt 1000000 ]; do sleep 0.05; done");
  return { done, port };
}

describe("N5 F52 two guests on the network", { timeout: LIMIT_MS }, () => {
  it("get their addresses by DHCP, ping each other, and exchange data both ways unharmed", async () => {
    const { a, b } = await pair();
    expect(await run(a, "cat /sys/class/net/eth0/address")).toBe("02:00:0a:00:00:0a");
    expect(await run(a, "cat /sys/class/net/eth0/mtu")).toBe("1500");
    expect(await run(a, `ping -c 3 ${addressOf(B)}`)).toContain("3 packets received");
    expect(await run(b, `ping -c 1 -s 1400 ${addressOf(A)}`)).toContain("1 packets received");
    // Cut into pieces both ways, by the guest and by the router.
    expect(await run(a, `ping -c 1 -s 4000 ${addressOf(1)}`)).toContain("1 packets received");
    const name = `ip-${addressOf(B).replaceAll(".", "-")}.ec2.internal`;
    for (const resolver of ["", "169.254.169.253"]) {
      expect(await run(a, `nslookup ${addressOf(B)} ${resolver}`)).toContain(`name = ${name}`);
      expect(await run(a, `nslookup ${name} ${resolver}`)).toMatch(new RegExp(`Address: ?${addressOf(B)}$`, "m"));
    }
    const [sent, received] = await transfer(a, b, addressOf(B), 8);
    expect(received).toBe(sent);
    const [back, there] = await transfer(b, a, addressOf(A), 8);
    expect(there).toBe(back);
  });

  it.runIf(isFull)("N4 go on where they are restored", async () => {
    const { a, b, network } = await pair();
    const state = structuredClone(await a.client.save());
    expect(state.header.devices).toContain("virtio-net@02.0");
    a.dispose();
    const again = owned(await TestVm.restore(a.spec, state, { [`eni-${A}`]: await network.plug(A) }));
    await again.event("ready");
    expect(await run(again, `ping -c 2 ${addressOf(B)}`)).toContain("2 packets received");
    const [sent, received] = await transfer(b, again, addressOf(A), 2);
    expect(received).toBe(sent);
  });

  it.runIf(isFull)("have it again after a reboot, orderly or by the reset line", async () => {
    const { a } = await pair();
    await a.client.reboot();
    await a.event("ready", 2);
    await leased(a, A);
    expect(await run(a, `ping -c 1 ${addressOf(B)}`)).toContain("1 packets received");
    await a.client.reset();
    await a.event("ready", 3);
    await leased(a, A);
    expect(await run(a, `ping -c 1 ${addressOf(B)}`)).toContain("1 packets received");
  });

  it("N6 F58 take a second interface while they run, and give it back", async () => {
    const { a, network } = await pair();
    const { guestDevice } = await a.client.attachInterface(cardOf(SECOND, 1), await network.plug(SECOND));
    expect(guestDevice).toBe("eth1");
    await run(a, "ip link set eth1 up && udhcpc -i eth1 -n -q");
    await leased(a, SECOND, "eth1");
    // By the card, since the guest's route to its neighbours is the first one's.
    expect(await run(a, `ping -c 2 -I eth1 ${addressOf(B)}`)).toContain("2 packets received");
    expect((await network.client.counters())[`eni-${SECOND}`]?.framesIn).toBeGreaterThan(2);
    await expect(a.client.attachInterface(cardOf(SECOND, 1), await network.plug(SECOND))).rejects.toMatchObject({
      code: "InvalidParameterValue",
    });
    await a.client.detachInterface({ interfaceId: `eni-${SECOND}`, force: false });
    expect(await run(a, "ls /sys/class/net")).toBe("eth0\nlo");
    await expect(a.client.detachInterface({ interfaceId: `eni-${A}`, force: true })).rejects.toMatchObject({
      code: "OperationNotPermitted",
    });
    const again = await a.client.attachInterface(cardOf(SECOND, 1), await network.plug(SECOND));
    expect(again.guestDevice).toBe("eth1");
    expect(await run(a, `ping -c 1 ${addressOf(B)}`)).toContain("1 packets received");
  });

  it.runIf(isFull)(
    "N4 go on in the middle of a transfer where they are restored: what was lost is sent again",
    async () => {
      const { a, b, network } = await pair();
      const { done, port } = await beginTransfer(b, a, addressOf(A), 24);
      const state = structuredClone(await a.client.save());
      a.dispose();
      const again = owned(await TestVm.restore(a.spec, state, { [`eni-${A}`]: await network.plug(A) }));
      await again.event("ready");
      await done;
      expect(await run(again, `until [ -s /tmp/sum${port} ]; do sleep 0.1; done; cat /tmp/sum${port}`)).toBe(
        await run(b, "md5sum < /tmp/data24"),
      );
    },
  );

  it.runIf(isFull)(
    "N6 F58 give a card back in the middle of transfers, also when the network takes nothing",
    async () => {
      const { a, b, network } = await pair();
      const stalled = new MessageChannel();
      for (const port of [await network.plug(SECOND), stalled.port2]) {
        await a.client.attachInterface(cardOf(SECOND, 1), port);
        const address = addressOf(SECOND);
        // A neighbour that it has not asked for, so that it sends without one.
        await run(
          a,
          `ip link set eth1 up && ip addr add ${address}/24 dev eth1 && ip route add ${addressOf(C)} dev eth1 && arp -i eth1 -s ${addressOf(C)} 02:00:0a:00:00:0c`,
        );
        await run(a, `nc -u ${addressOf(C)} 9 < /dev/zero > /dev/null 2>&1 & echo $! > /tmp/flood; sleep 1`);
        await a.client.detachInterface({ interfaceId: `eni-${SECOND}`, force: false });
        expect(await run(a, "ls /sys/class/net")).toBe("eth0\nlo");
        await run(a, "kill $(cat /tmp/flood) 2> /dev/null; true");
        const [sent, received] = await transfer(a, b, addressOf(B), 2);
        expect(received).toBe(sent);
      }
      stalled.port1.close();
    },
  );

  it.runIf(isFull)("N7 go on when the network begins anew", async () => {
    const { a, b, network: first } = await pair();
    first.dispose();
    const next = await start();
    await a.client.reconnectInterface(`eni-${A}`, await next.plug(A));
    await b.client.reconnectInterface(`eni-${B}`, await next.plug(B));
    expect(await run(a, `ping -c 2 ${addressOf(B)}`)).toContain("2 packets received");
  });

  it.runIf(isFull)("N3 P3 a machine that stands still stops nobody, and one that floods waits for itself", async () => {
    const { a, b, network } = await pair();
    const c = await network.boot(C);
    await c.event("ready");
    await leased(c, C);
    expect(await run(a, `ping -c 1 ${addressOf(C)}`)).toContain("1 packets received");
    await c.client.save();
    // Datagrams for the one that stands still, faster than anybody could take them.
    await run(a, `nc -u ${addressOf(C)} 9 > /dev/null 2>&1 < /dev/zero & sleep 3`);
    const [sent, received] = await transfer(b, a, addressOf(A), 1);
    expect(received).toBe(sent);
    const { [`eni-${C}`]: stopped } = await network.client.counters();
    expect(stopped?.droppedOut["no-room"]).toBeGreaterThan(0);
    await run(a, "killall nc");
    await c.client.resume();
    expect(await run(b, `for try in 1 2 3 4 5 6 7 8 9; do ping -c 1 -W 2 ${addressOf(C)} && exit 0; done`)).toContain(
      "1 packets received",
    );
  });
});
