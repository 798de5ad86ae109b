import { once } from "node:events";
import * as net from "node:net";
import { expect, test } from "@playwright/test";
import { startWispServer } from "../../support/wisp-server.ts";
import "../machine/fixtures.ts";

/** In the portal as it is served, with its policies: they have to let the network's worker out, and nothing else. */
test("what a guest sends leaves by a relay once its VPC's internet gateway lets it out, and not before", async ({
  page,
}) => {
  const relay = await startWispServer();
  const greeter = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => socket.end(`you said ${data}`));
  });
  greeter.listen(0, "127.0.0.1");
  await once(greeter, "listening");
  const { port } = greeter.address() as net.AddressInfo;
  try {
    await page.addInitScript(
      // Without `wispLocal` no guest gets to this computer's own servers.
      (wispUrl) => Object.assign(globalThis, { tabvisorOptions: { network: { wispUrl, wispLocal: true } } }),
      relay.url,
    );
    await page.goto("/");
    await page.waitForFunction(() => globalThis.tabvisor !== undefined);
    const id = await page.evaluate(async () => {
      const [vm] = await tabvisor.instances.launch({ image: "tiny", type: "v1.small" });
      await vm?.ready();
      return vm?.id ?? "";
    });
    const exec = (command: string) =>
      page.evaluate(async ([one, text]) => (await tabvisor.instances.get(one).exec(text)).stdout.trim(), [
        id,
        command,
      ] as const);
    await exec("until ip route | grep -q default; do sleep 0.2; done");
    // The relay's own host, by a name that a guest's resolver asks for and does not know itself.
    const lookUp = "nslookup localhost. 172.31.0.2 2>&1 | sed -n 's/^Address: *\\(198[0-9.]*\\)$/\\1/p'";
    expect(await exec(lookUp)).toBe("");
    expect(await exec(`echo hello | nc -w 5 198.19.0.1 ${port}; echo "status $?"`)).toBe("status 1");
    await page.evaluate(async () => {
      const vpc = tabvisor.vpcs.list().find(({ isDefault, region }) => isDefault && region === "us-east-1");
      const gateway = tabvisor.internetGateways.list().find((one) => one.vpcId === vpc?.id);
      await tabvisor.internetGateways.modify(gateway?.id ?? "", { outbound: true });
    });
    const address = await exec(lookUp);
    expect(address).toMatch(/^198\.19\./);
    expect(await exec(`echo hello | nc -w 5 ${address} ${port}`)).toBe("you said hello");
  } finally {
    relay.close();
    greeter.close();
  }
});
