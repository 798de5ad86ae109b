import { type CloudPage, expect, namedWorker, test } from "./fixtures.ts";

/** `address` answers: a guest that has just come up asks for its lease a second later. */
async function reaches(cloud: CloudPage, from: string, address: string): Promise<void> {
  await cloud.run(from, `for try in $(seq 60); do ping -c 1 -W 1 ${address} && exit 0; sleep 0.5; done; exit 1`);
}

async function launchTwo(cloud: CloudPage) {
  await cloud.open();
  const [a = "", b = ""] = await cloud.launch({ count: 2 });
  const address = (id: string) =>
    cloud.page.evaluate((instance) => tabvisor.instances.get(instance).privateIpAddress ?? "", id);
  const addresses = [await address(a), await address(b)] as const;
  await reaches(cloud, a, addresses[1]);
  return { a, b, addresses };
}

test.describe("instances on the network, with real packets", () => {
  test("F13 F52 reach each other by their private addresses, after stop and start too", async ({ cloud }) => {
    const { a, b, addresses } = await launchTwo(cloud);
    expect(await cloud.run(a, "ip -4 -o addr show eth0 | awk '{print $4}'")).toBe(`${addresses[0]}/20`);
    const receiving = cloud.run(b, "nc -l -p 7000 | md5sum");
    await cloud.run(b, "until netstat -ltn | grep -q ':7000 '; do sleep 0.1; done");
    const sent = await cloud.run(
      a,
      `dd if=/dev/urandom of=/tmp/data bs=1M count=4 2> /dev/null; nc ${addresses[1]} 7000 < /tmp/data; md5sum < /tmp/data`,
    );
    expect(await receiving).toBe(sent);
    await cloud.act(b, "stop");
    expect((await cloud.exec(a, `ping -c 1 -W 2 ${addresses[1]}`)).exitCode).toBe(1);
    await cloud.act(b, "start");
    await cloud.ready(b);
    await reaches(cloud, a, addresses[1]);
    await reaches(cloud, b, addresses[0]);
  });

  test("go on when the network's worker dies: it is started anew, with everything plugged in", async ({ cloud }) => {
    const { a, b, addresses } = await launchTwo(cloud);
    const next = cloud.page.waitForEvent("worker");
    await (await namedWorker(cloud.page, "tabvisor network")).evaluate(() => globalThis.close());
    await next;
    await reaches(cloud, a, addresses[1]);
    await reaches(cloud, b, addresses[0]);
    expect((await cloud.facts(a)).state).toBe("running");
  });
});
