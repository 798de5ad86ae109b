import { expect, test } from "@playwright/test";
import { type Host, tcp, World } from "./world.ts";

/** Rules that change under many connections; with a real guest. */
test.skip(process.env.TABVISOR_FULL !== "1", "a hundred programs in one guest: npm run test:full");

let world: World;
let server: Host;
let group: string;
const PAGE = "203.0.113.1/32";

test.beforeAll(async ({ browser }) => {
  world = await World.open(browser);
  const { one } = world;
  const hosts = await world.launch({ server: { subnet: one.publicSubnet, address: "10.0.1.10" } });
  ({ server } = hosts as { server: Host });
  group = await world.group(one, "page", [tcp(80, PAGE)]);
  await world.setGroups(server.interfaceId, one.defaultGroup, group);
});

test.afterAll(() => world.close());

test("F54 a hundred connections live through rules that come and go under them", async () => {
  await world.cloud.run(server.id, "tcpsvd -c 120 0.0.0.0 7000 cat > /dev/null 2>&1 &");
  await world.cloud.run(server.id, "until netstat -ltn | grep -q ':7000 '; do sleep 0.1; done");
  const outcome = await world.cloud.page.evaluate(
    async ([id, groupId, page]) => {
      const { securityGroups: groups, instances } = tabvisor;
      const rule = { protocol: "tcp", fromPort: 7000, toPort: 7000, cidrBlock: page };
      const allow = async () => (await groups.authorize(groupId, "ingress", [rule])).map((one) => one.id);
      let rules = await allow();
      const connections = await Promise.all(
        Array.from({ length: 100 }, () => instances.get(id).connect(7000, { timeoutMs: 60_000 })),
      );
      const ends = connections.map(({ readable, writable }) => ({
        reader: readable.getReader(),
        writer: writable.getWriter(),
      }));
      /** Whether each has its own words back. */
      const echo = async (round: string) => {
        const right = await Promise.all(
          ends.map(async ({ reader, writer }, index) => {
            const words = `${round} ${index}\n`;
            await writer.write(new TextEncoder().encode(words));
            let text = "";
            while (text.length < words.length) {
              const { value, done } = await reader.read();
              if (done) break;
              text += new TextDecoder().decode(value);
            }
            return text === words;
          }),
        );
        return right.filter(Boolean).length;
      };
      const counts = [await echo("open")];
      for (let round = 0; round < 10; round++) {
        const echoing = echo(`round ${round}`);
        await groups.revoke(groupId, rules);
        counts.push(await echoing);
        counts.push(await echo(`closed ${round}`));
        rules = await allow();
      }
      await groups.revoke(groupId, rules);
      counts.push(await echo("closed"));
      const another = await instances
        .get(id)
        .connect(7000, { timeoutMs: 1000 })
        .then(
          () => "connected",
          (error: { code?: string }) => error.code,
        );
      for (const connection of connections) connection.abort();
      await Promise.all(connections.map(({ closed }) => closed.catch(() => {})));
      return { counts: [...new Set(counts)], another };
    },
    [server.id, group, PAGE] as const,
  );
  expect(outcome).toEqual({ counts: [100], another: "Network.ConnectionTimedOut" });
});
