import { expect, test } from "@playwright/test";
import { type Host, tcp, World } from "./world.ts";

/** What the page's connections to a guest carry: many, much, and what ends in the middle. */
test.skip(process.env.TABVISOR_FULL !== "1", "a hundred megabytes, again and again: npm run test:full");

let world: World;
let server: Host;
const PAGE = "203.0.113.1/32";
const MB = 1_000_000;
/** A web server that lets all wait, where BusyBox's own lets nine wait and drops the others' SYN. */
const WEB = 8000;
/** Programs of the guest behind a port each: one that sends without an end, one that counts, one that never reads. */
const SEND = 7000;
const COUNT = 7001;
const DEAF = 7002;

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one, cloud } = world;
  // A smaller one's kernel has not the memory for a hundred answers at a time, and resets some of them.
  const hosts = await world.launch({ server: { subnet: one.publicSubnet, address: "10.0.1.10", type: "v1.small" } });
  ({ server } = hosts as { server: Host });
  const ports = [WEB, SEND, COUNT, DEAF].map((port) => tcp(port, PAGE));
  await world.setGroups(server.interfaceId, one.defaultGroup, await world.group(one, "page", ports));
  await cloud.run(
    server.id,
    `head -c ${MB} /dev/urandom > /www/data
     printf '#!/bin/sh\\nexec cat /dev/zero\\n' > /tmp/send
     printf '#!/bin/sh\\nwc -c\\n' > /tmp/count
     printf '#!/bin/sh\\nexec sleep 100000\\n' > /tmp/deaf
     chmod +x /tmp/send /tmp/count /tmp/deaf
     tcpsvd -c 120 -b 120 0.0.0.0 ${WEB} httpd -i -h /www > /dev/null 2>&1 &
     tcpsvd 0.0.0.0 ${SEND} /tmp/send > /dev/null 2>&1 &
     tcpsvd 0.0.0.0 ${COUNT} /tmp/count > /dev/null 2>&1 &
     tcpsvd 0.0.0.0 ${DEAF} /tmp/deaf > /dev/null 2>&1 &
     for port in ${WEB} ${SEND} ${COUNT} ${DEAF}; do until netstat -ltn | grep -q ":$port "; do sleep 0.1; done; done`,
  );
});

test.afterAll(() => world.close());

/** Waits until no connection of the page is left in the guest, but those that only wait. */
const over = () =>
  world.cloud.run(
    server.id,
    "while netstat -tn | grep '203.0.113.1' | grep -v TIME_WAIT | grep -q .; do sleep 0.2; done",
  );

test("E1 a hundred requests at a time have their own answers, whole", async () => {
  const sum = await world.cloud.run(server.id, "sha256sum < /www/data");
  const sums = await world.cloud.page.evaluate(
    async ([id, port]) => {
      const one = async () => {
        const { body } = await tabvisor.instances.get(id).fetch("/data", { port, timeoutMs: 60_000 });
        const reader = body?.getReader();
        const chunks: Uint8Array<ArrayBuffer>[] = [];
        // `arrayBuffer` would not tell what has ended a connection.
        for (let next = await reader?.read(); next?.done === false; next = await reader?.read())
          chunks.push(next.value);
        const digest = await crypto.subtle.digest("SHA-256", await new Blob(chunks).arrayBuffer());
        return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      };
      return [...new Set(await Promise.all(Array.from({ length: 100 }, one)))];
    },
    [server.id, WEB] as const,
  );
  expect(sums).toEqual([sum.split(" ")[0]]);
  await over();
});

test("T1 T5 100 MB arrive in the guest, which answers after their end", async () => {
  test.setTimeout(300_000);
  const answer = await world.cloud.page.evaluate(
    async ([id, port, total]) => {
      const connection = await tabvisor.instances.get(id).connect(port);
      const writer = connection.writable.getWriter();
      const block = new Uint8Array(total / 200).fill(65);
      for (let i = 0; i < 200; i++) await writer.write(block);
      await writer.close();
      const text = await new Response(connection.readable).text();
      await connection.closed;
      return text;
    },
    [server.id, COUNT, 100 * MB] as const,
  );
  expect(answer.trim()).toBe(String(100 * MB));
  await over();
});

test("T5 what is cut off after 50 MB ends in the guest as well, and others go on", async () => {
  const outcome = await world.cloud.page.evaluate(
    async ([id, port, total]) => {
      const vm = tabvisor.instances.get(id);
      const connections = await Promise.all([vm.connect(port), vm.connect(port)]);
      const [cut, other] = connections.map(({ readable }) => readable.getReader());
      const readOn = async (reader: typeof cut, bytes: number) => {
        for (let got = 0; got < bytes; ) got += (await reader?.read())?.value?.byteLength ?? Number.NaN;
      };
      await readOn(cut, total);
      connections[0]?.abort(new Error("enough"));
      const failed = await cut?.read().then(
        () => "more",
        (error: Error) => error.message,
      );
      await readOn(other, total);
      connections[1]?.abort();
      return failed;
    },
    [server.id, SEND, 50 * MB] as const,
  );
  expect(outcome).toBe("enough");
  await over();
  expect((await world.cloud.exec(server.id, "pidof cat")).stdout).toBe("");
});

test("T4 a guest that never reads holds back who writes to it, within bounds, and nobody else", async () => {
  const outcome = await world.cloud.page.evaluate(
    async ([id, port, web]) => {
      const vm = tabvisor.instances.get(id);
      const stuck = await vm.connect(port);
      const writer = stuck.writable.getWriter();
      let written = 0;
      const writing = (async () => {
        for (;;) {
          await writer.write(new Uint8Array(65_536));
          written += 65_536;
        }
      })();
      writing.catch(() => {});
      const status = [];
      let before = -1;
      // Until nothing more has gone while others have had theirs.
      while (written > before) {
        before = written;
        const response = await vm.fetch("/data", { port: web });
        await response.arrayBuffer();
        status.push(response.status);
      }
      stuck.abort(new Error("enough"));
      const failed = await writing.catch((error: Error) => error.message);
      return { written, status: [...new Set(status)], failed };
    },
    [server.id, DEAF, WEB] as const,
  );
  expect(outcome).toMatchObject({ status: [200], failed: "enough" });
  // The way to the network's worker, its own memory, and what the guest's kernel takes (tcp_rmem: 6 MiB at most).
  expect(outcome.written).toBeLessThan(10 * MB);
  await world.cloud.run(server.id, "killall sleep");
  await over();
});
