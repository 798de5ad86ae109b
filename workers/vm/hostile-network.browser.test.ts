import { afterEach, describe, expect, it } from "vitest";
import { LIMIT_MS } from "./testing/machines.ts";
import { addressOf, oneSubnet, TestNetwork } from "./testing/test-network.ts";
import type { TestVm } from "./testing/test-vm.ts";

/** The one that does it, and its neighbours. */
const ROGUE = 10;
const B = 11;
const C = 12;
/** Nobody has it. */
const FREE = 99;

/** Each boots three machines. */
const isFull = Boolean((import.meta as { env?: Record<string, string> }).env?.TABVISOR_FULL);

let network: TestNetwork | undefined;
afterEach(() => network?.dispose());

async function run(vm: TestVm, command: string): Promise<string> {
  const { exitCode, stdout, stderr } = await vm.exec(command);
  if (exitCode !== 0) throw new Error(`${command}: ${exitCode}: ${stdout}${stderr}`);
  return stdout.trim();
}

async function three() {
  const all = await TestNetwork.start(oneSubnet([ROGUE, B, C]));
  network = all;
  const hosts = [ROGUE, B, C] as const;
  const [rogue, b, c] = await Promise.all(hosts.map((host) => all.boot(host)));
  if (rogue === undefined || b === undefined || c === undefined) throw new Error("three were booted");
  await Promise.all([rogue, b, c].map((vm) => vm.event("ready")));
  const lease = (vm: TestVm, host: number) =>
    run(vm, `until ip -4 addr show eth0 | grep -q 'inet ${addressOf(host)}/24'; do sleep 0.1; done`);
  await Promise.all([lease(rogue, ROGUE), lease(b, B), lease(c, C)]);
  // There is no metadata service here: who goes on asking for it gets frames.
  const alone = (vm: TestVm) => vm.exec("killall rc.network first-start nc");
  await Promise.all([rogue, b, c].map(alone));
  // So that what the rogue does is not undone by a renewal. An orderly end would take its address along.
  await run(rogue, "killall -9 udhcpc");
  return { rogue, b, c, incidents: () => all.client.incidents(`eni-${ROGUE}`) };
}

const received = async (vm: TestVm, address: string) => {
  const { stdout } = await vm.exec(`ping -c 2 -W 1 ${address}`);
  return Number(/(\d+) packets received/.exec(stdout)?.[1]);
};

/** How many frames the guest's kernel has got. */
const framesOf = async (vm: TestVm) => Number(await run(vm, "cat /sys/class/net/eth0/statistics/rx_packets"));

describe.runIf(isFull)("N3 N10 N12 N25 a hostile guest, as root", { timeout: LIMIT_MS }, () => {
  it("gets nothing through, and is told of, when it takes a neighbour's card, address or name", async () => {
    const { rogue, b, c, incidents } = await three();
    const told = async (reason: string) =>
      (await incidents()).filter((one) => one.reason === reason).reduce((sum, { count }) => sum + count, 0);
    // They know b's card, so that there are packets, and not only questions for it.
    expect(await received(rogue, addressOf(B))).toBe(2);
    expect(await received(b, addressOf(C))).toBe(2);
    const cardOfC = await run(b, `awk '$1 == "${addressOf(C)}" { print $4 }' /proc/net/arp`);
    const before = [await framesOf(b), await framesOf(c)];

    // A neighbour's address: packets, and ARP that tells everybody so.
    await run(rogue, `ip addr add ${addressOf(C)}/24 dev eth0`);
    await rogue.exec(`ping -c 2 -W 1 -I ${addressOf(C)} ${addressOf(B)}`);
    await rogue.exec(`arping -c 2 -U -I eth0 -s ${addressOf(C)} ${addressOf(C)}`);
    await rogue.exec(`arping -c 2 -A -I eth0 -s ${addressOf(C)} ${addressOf(B)}`);
    expect(await told("arp-forged")).toBeGreaterThan(0);
    expect(await told("source-check")).toBeGreaterThanOrEqual(2);
    await run(rogue, `ip addr del ${addressOf(C)}/24 dev eth0`);

    // An address that nobody has: by hand, and by asking for it.
    await run(rogue, `ip addr add ${addressOf(FREE)}/24 dev eth0`);
    await rogue.exec(`ping -c 1 -W 1 -I ${addressOf(FREE)} ${addressOf(B)}`);
    await run(rogue, `ip addr del ${addressOf(FREE)}/24 dev eth0`);
    expect((await incidents()).map(({ what }) => what)).toContain(`the address ${addressOf(FREE)}`);
    await rogue.exec(`udhcpc -i eth0 -n -q -t 1 -T 1 -s /bin/true -r ${addressOf(FREE)}`);
    const offered = await rogue.exec(`udhcpc -f -i eth0 -n -q -t 1 -T 1 -s /bin/true -r ${addressOf(C)}`);
    expect(offered.stderr).not.toContain(`lease of ${addressOf(C)} obtained`);

    // Another card.
    await run(rogue, "ip link set eth0 down && ip link set eth0 address 02:00:0a:00:00:0c && ip link set eth0 up");
    await rogue.exec(`ping -c 2 -W 1 ${addressOf(B)}`);
    await rogue.exec("udhcpc -i eth0 -n -q -t 1 -T 1 -s /bin/true");
    expect(await told("source-mac")).toBeGreaterThan(0);
    expect((await incidents()).map(({ what }) => what)).toContain("the card 02:00:0a:00:00:0c");

    // Its neighbours have got nothing of it all, and believe nothing of it.
    expect([await framesOf(b), await framesOf(c)]).toEqual(before);
    expect(await received(b, addressOf(C))).toBe(2);
    expect(await run(b, `awk '$1 == "${addressOf(C)}" { print $4 }' /proc/net/arp`)).toBe(cardOfC);
    expect(await network?.client.incidents(`eni-${B}`)).toEqual([]);
    // With its own card and address it is one of them again.
    await run(rogue, "ip link set eth0 down && ip link set eth0 address 02:00:0a:00:00:0a && ip link set eth0 up");
    expect(await received(rogue, addressOf(B))).toBe(2);
  });

  it("N22 P3 does not keep its neighbours from their service when it floods everybody", async () => {
    const { rogue, b, c } = await three();
    // Datagrams that both take, and others for the router, the metadata service and nobody, as fast as it can.
    for (const vm of [b, c]) await run(vm, "nc -u -l -p 9 > /dev/null 2>&1 &");
    for (const host of [B, C]) await run(rogue, `nc -u ${addressOf(host)} 9 < /dev/zero > /dev/null 2>&1 &`);
    for (const target of [addressOf(1), "169.254.169.254", addressOf(FREE)]) {
      await run(rogue, `(while :; do ping -c 10 -i 0 -W 0 ${target}; done) > /dev/null 2>&1 & echo $! >> /tmp/loops`);
    }
    const before = (await network?.client.counters())?.[`eni-${ROGUE}`]?.framesIn ?? 0;
    await run(b, "dd if=/dev/urandom of=/tmp/data bs=1M count=2 2> /dev/null");
    const receiving = run(c, "nc -l -p 5000 | md5sum");
    await run(c, "until netstat -ltn | grep -q ':5000 '; do sleep 0.1; done");
    await run(b, `nc ${addressOf(C)} 5000 < /tmp/data`);
    expect(await receiving).toBe(await run(b, "md5sum < /tmp/data"));
    // It has gone on all the time, and still does.
    const { [`eni-${ROGUE}`]: flood } = (await network?.client.counters()) ?? {};
    expect(flood?.framesIn).toBeGreaterThan(before);
    await run(rogue, "kill $(cat /tmp/loops); killall nc");
    expect(await received(rogue, addressOf(B))).toBe(2);
  });
});
