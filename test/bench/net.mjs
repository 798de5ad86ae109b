import { using } from "./boot.mjs";
import { benchPageToGuest, installTaskWatch, LONGEST_TASK } from "./net-page.mjs";
import { cpuSeconds, rendererPid } from "./renderer.mjs";
import { median } from "./stats.mjs";

const MIB = 2 ** 20;
const MEMORY_MIB = 256;
const SIZE_MIB = 32;
const ROUNDS = 5;
/** One a second: each finds both guests asleep. */
const PINGS = 20;
const RULES = [1, 10, 1000];
const GROUPS = 5;
const IDLE = 8;
const IDLE_MS = 10_000;

// In memory, so that no disk is measured.
const PREPARE = `dd if=/dev/zero of=/tmp/data bs=1M count=${SIZE_MIB} 2> /dev/null; httpd -p 8000 -h /tmp`;
/** wget and httpd take little of the processor a byte; nc reads and writes a kibibyte at a time. */
const fetchFrom = (address) => `wget -q -O /dev/null http://${address}:8000/data`;
const sendTo = (address) => `nc ${address} 7000 < /tmp/data`;
// A terminal as its input would keep it there when all has come.
const RECEIVE = "nc -l -p 7000 < /dev/null > /dev/null";
const pingOf = (address) => `ping -c ${PINGS} ${address}`;

/** Guest to guest: TCP and round trips, beside v86's own network in two workers; what rules cost; the page and a guest; idling. */
export async function benchNet(context) {
  const { add } = context;
  const reference = await measureReference(context);
  const ours = new Map();
  for (const rules of RULES) ours.set(rules, await measurePair(context.session, rules));
  const one = ours.get(1);
  add("net", `${SIZE_MIB} MiB by HTTP, guest to guest`, one.fetch, reference.fetch, "MB/s", { target: ">= 2" });
  add("net", `${SIZE_MIB} MiB by nc, guest to guest`, one.send, reference.send, "MB/s", { target: ">= 2" });
  add("net", "ping, round trip", one.ping, reference.ping, "ms");
  add("net", LONGEST_TASK, one.blocked, null, "ms", { target: "<= 50 ms" });
  for (const rules of RULES.slice(1)) {
    const { fetch, send, ping } = ours.get(rules);
    add("net", `  ${rules} rules: HTTP, beside 1 rule`, fetch, one.fetch, "MB/s", { target: ">= 0.9" });
    add("net", `  ${rules} rules: nc, beside 1 rule`, send, one.send, "MB/s", { target: ">= 0.9" });
    add("net", `  ${rules} rules: ping, beside 1 rule`, ping, one.ping, "ms");
  }
  await benchPageToGuest(context);
  await idle(context);
}

const rate = (ms) => (SIZE_MIB * MIB) / 1e6 / (ms / 1000);

/**
 * The same with either pair of machines.
 * @param {(index: number, command: string) => Promise<{ ms: number, tail: string }>} run in one of the two
 * @param {string[]} addresses
 */
async function measure(run, addresses) {
  for (const index of [0, 1]) await run(index, PREPARE);
  const fetches = [];
  const sends = [];
  // The first one compiles the guest's code.
  for (let round = 0; round <= ROUNDS; round++) {
    const { ms } = await run(1, fetchFrom(addresses[0]));
    const receiving = run(1, RECEIVE);
    await run(0, "sleep 0.5");
    const sending = await run(0, sendTo(addresses[1]));
    await receiving;
    if (round === 0) continue;
    fetches.push(ms);
    sends.push(sending.ms);
  }
  const { tail } = await run(0, pingOf(addresses[1]));
  const pings = [...tail.matchAll(/ time=([\d.]+) ms/g)].map(([, ms]) => Number(ms));
  if (pings.length < PINGS) throw new Error(`of ${PINGS} pings ${pings.length} have come back: ${tail}`);
  return { fetch: rate(median(fetches)), send: rate(median(sends)), ping: median(pings) };
}

async function measureReference({ session, referenceBoot }) {
  return await using(session.reference(), async ({ page }) => {
    const run = (index, command) =>
      page.evaluate(([machine, text]) => globalThis.referenceNetwork.run(machine, text), [index, command]);
    const addresses = ["10.5.0.1", "10.5.0.2"];
    for (const index of [0, 1]) {
      const spec = referenceBoot(MEMORY_MIB);
      await page.evaluate(([machine, what]) => globalThis.referenceNetwork.boot(machine, what), [index, spec]);
      // Nobody there gives addresses away; what asks for one would take ours away again.
      await run(index, "sleep 3; sudo killall udhcpc 2> /dev/null");
      await run(index, `sudo ip link set eth0 up; sudo ip addr add ${addresses[index]}/24 dev eth0`);
    }
    return await measure(run, addresses);
  });
}

/** What a pair of guests gives: the member of `measurePair`'s result, in words, its unit. */
export const figuresOf = [
  ["fetch", "HTTP", "MB/s"],
  ["send", "nc", "MB/s"],
  ["ping", "ping", "ms"],
];

/** Two guests of the product in one group with so many rules. */
export async function measurePair(session, rules = 1) {
  return await using(session.portal(), async ({ page }) => {
    await page.evaluate(installTaskWatch);
    const addresses = await page.evaluate(launchPair, { rules, groups: GROUPS });
    const run = (index, command) =>
      page.evaluate(([machine, text]) => globalThis.pair.run(machine, text), [index, command]);
    for (const [index, address] of addresses.entries()) {
      await run(index, `until ip addr show eth0 | grep -q ${address}/; do sleep 0.1; done`);
    }
    await page.evaluate(() => globalThis.longestTask());
    const figures = await measure(run, addresses);
    return { ...figures, blocked: await page.evaluate(() => globalThis.longestTask()) };
  });
}

/** Two instances in groups with so many rules, of which the last one lets everything in; what they print is the agent's. */
async function launchPair({ rules, groups }) {
  const { instances, securityGroups, quotas } = globalThis.tabvisor;
  const each = Math.ceil(rules / groups);
  if (each > 60) {
    const { id } = await quotas.request({ code: "rules-per-security-group", desiredValue: each });
    await quotas.decide({ requestId: id, decision: "approve" });
  }
  const ids = [];
  for (let left = rules; left > 0; left -= each) {
    const count = Math.min(each, left);
    const group = await securityGroups.create({ name: `bench-${left}`, description: "of the benchmark" });
    const some = Array.from({ length: count }, (_, index) => ({
      protocol: "tcp",
      fromPort: 1 + index,
      toPort: 1 + index,
      cidrBlock: `198.51.${ids.length}.${index % 250}/32`,
    }));
    if (left === count) some[count - 1] = { protocol: "all", cidrBlock: "172.31.0.0/16" };
    await securityGroups.authorize(group.id, "ingress", some);
    ids.push(group.id);
  }
  const vms = await instances.launch({ image: "tiny", type: "v1.small", count: 2, securityGroupIds: ids });
  for (const vm of vms) await vm.ready();
  globalThis.pair = {
    async run(index, command) {
      const began = performance.now();
      const { stdout } = await vms[index].exec(command);
      return { ms: performance.now() - began, tail: stdout };
    },
  };
  return vms.map(({ privateIpAddress }) => privateIpAddress);
}

async function idle({ session, add }) {
  await using(session.portal(), async ({ page, browser }) => {
    const renderer = await rendererPid(browser, page);
    await page.evaluate(async (count) => {
      const vms = await globalThis.tabvisor.instances.launch({ image: "tiny", type: "v1.micro", count });
      for (const vm of vms) await vm.ready();
    }, IDLE);
    await page.waitForTimeout(10_000);
    const before = cpuSeconds(renderer);
    await page.waitForTimeout(IDLE_MS);
    const share = ((cpuSeconds(renderer) - before) / (IDLE_MS / 1000)) * 100;
    add("net", `${IDLE} idle v1.micro with their cards, each`, share / IDLE, null, "% core", { target: "< 5" });
  });
}
