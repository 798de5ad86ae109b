import type { Browser } from "@playwright/test";
import type { SecurityGroupRuleRequest } from "../../../src/api/types.ts";
import { CloudPage, expect } from "../machine/fixtures.ts";
import { StaticHost } from "../machine/server.ts";

/** An instance of the world, as its tests need it. */
export interface Host {
  readonly id: string;
  readonly interfaceId: string;
  readonly privateIp: string;
  /** Its public address as it runs first; empty: none. */
  readonly publicIp: string;
}

export interface Vpc {
  readonly id: string;
  readonly defaultGroup: string;
  readonly publicSubnet: string;
  readonly privateSubnet: string;
  readonly publicTable: string;
}

/** A connection between two guests, for lines of text. */
export interface Stream {
  send(line: string): Promise<void>;
  /** Waits for it. */
  arrives(line: string): Promise<void>;
  /** Waits until it is known to have been sent, and to have come to nothing so far. */
  isStuck(line: string): Promise<void>;
  close(): Promise<void>;
}

/** So long a guest waits for a packet that is on its way through nothing but memory: seconds. */
const PATIENCE = 1;

/**
 * Two VPCs of the same addresses, each with a public subnet (10.0.1.0/24), a private one (10.0.2.0/24) and an internet
 * gateway. Its guests have a web server that says who they are, on the ports 80 and 81. One world is for all tests of a
 * file, since it has real machines.
 */
export class World {
  readonly cloud: CloudPage;
  readonly one: Vpc;
  readonly two: Vpc;

  private constructor(cloud: CloudPage, one: Vpc, two: Vpc) {
    this.cloud = cloud;
    this.one = one;
    this.two = two;
  }

  static async open(browser: Browser): Promise<World> {
    const host = await StaticHost.open("/somewhere/below/");
    const context = await browser.newContext();
    const cloud = new CloudPage(await context.newPage(), host);
    await cloud.open();
    return new World(cloud, await makeVpc(cloud), await makeVpc(cloud));
  }

  async close(): Promise<void> {
    await this.cloud.page.context().close();
    await this.cloud.host.close();
  }

  /** Launches at these places, and waits until the guests have their addresses and serve. */
  async launch(
    places: Readonly<Record<string, { subnet: string; address: string; type?: string }>>,
  ): Promise<Record<string, Host>> {
    const hosts = await Promise.all(
      Object.entries(places).map(async ([name, { subnet, address, type = "v1.nano" }]) => {
        const request = { subnetId: subnet, privateIpAddress: address, type, tags: { Name: name } };
        const id = await this.cloud.launchOne(request);
        await this.serve(id, name, address);
        return [name, await this.#host(id)] as const;
      }),
    );
    return Object.fromEntries(hosts);
  }

  /** Waits until a guest has its address, and has it serve its name. */
  async serve(id: string, name: string, address: string): Promise<void> {
    await this.cloud.run(
      id,
      `until ip -4 addr show eth0 | grep -q 'inet ${address}/24'; do sleep 0.1; done
       mkdir -p /www && echo ${name} > /www/who && httpd -p 80 -h /www && httpd -p 81 -h /www`,
    );
  }

  async #host(id: string): Promise<Host> {
    return await this.cloud.page.evaluate((instanceId) => {
      const one = tabvisor.networkInterfaces.list().find(({ attachment }) => attachment?.instanceId === instanceId);
      const [{ privateIp = "", publicIp = null } = {}] = one?.addresses ?? [];
      return { id: instanceId, interfaceId: one?.id ?? "", privateIp, publicIp: publicIp ?? "" };
    }, id);
  }

  /** Who answers there, or how it ended: "dropped" (no word came back), "refused" (a reset did), "unreachable" (a router said so). */
  async ask(from: Host, address: string, port = 80): Promise<string> {
    const { stdout, stderr, exitCode } = await this.cloud.exec(
      from.id,
      `wget -q -O - -T ${PATIENCE} http://${address}:${port}/who`,
    );
    if (exitCode === 0) return stdout.trim();
    for (const word of ["refused", "unreachable"]) if (stderr.includes(word)) return word;
    return /timed out/i.test(stderr) ? "dropped" : stderr.trim();
  }

  /** How many of two pings come back. */
  async ping(from: Host, address: string, options = ""): Promise<number> {
    const { stdout } = await this.cloud.exec(from.id, `ping -c 2 -W ${PATIENCE} ${options} ${address}`);
    return Number(/(\d+) packets received/.exec(stdout)?.[1] ?? Number.NaN);
  }

  /** A TCP connection of one guest to another, into which lines can be written. */
  async stream(from: Host, to: Host, port: number): Promise<Stream> {
    const [pipe, got] = [`/tmp/pipe${port}`, `/tmp/got${port}`];
    await this.cloud.run(
      to.id,
      `sleep 100000 2> /dev/null | nc -l -p ${port} > ${got} 2> /dev/null & echo $! > ${got}.pid; until netstat -ltn | grep -q ':${port} '; do sleep 0.1; done`,
    );
    // Something holds the pipes open, or the connection would end with the first line.
    await this.cloud.run(
      from.id,
      `mkfifo ${pipe}; sleep 100000 > ${pipe} 2> /dev/null & echo $! > ${pipe}.pid
       nc ${to.privateIp} ${port} < ${pipe} > /dev/null 2>&1 & echo $! >> ${pipe}.pid
       until netstat -tn | grep ':${port} ' | grep -q ESTABLISHED; do sleep 0.1; done`,
    );
    /** What the guest has sent, and has had no word of: lines of a kernel's table. */
    const unacknowledged = `netstat -tn | awk '$3 > 0 && /:${port} /' | grep -q .`;
    return {
      send: async (line) => void (await this.cloud.run(from.id, `echo ${line} > ${pipe}`)),
      arrives: async (line) => void (await this.cloud.run(to.id, `until grep -q ${line} ${got}; do sleep 0.1; done`)),
      isStuck: async (line) => {
        await this.cloud.run(from.id, `until ${unacknowledged}; do sleep 0.1; done`);
        expect((await this.cloud.exec(to.id, `grep ${line} ${got}`)).exitCode).toBe(1);
      },
      close: async () => {
        await this.cloud.run(from.id, `kill $(cat ${pipe}.pid); rm ${pipe}`);
        await this.cloud.run(to.id, `kill $(cat ${got}.pid)`);
      },
    };
  }

  /** What the guest's kernel has counted: of "Icmp", "Tcp", "Udp" the number of that name (/proc/net/snmp). */
  async counted(on: Host, protocol: "Icmp" | "Tcp" | "Udp", name: string): Promise<number> {
    const table = await this.cloud.run(on.id, `grep '^${protocol}:' /proc/net/snmp`);
    const [names = [], values = []] = table.split("\n").map((line) => line.split(" "));
    const at = names.indexOf(name);
    expect(at, name).toBeGreaterThan(0);
    return Number(values[at]);
  }

  /** Makes a security group of the VPC with these inbound rules; gives its id. */
  async group(vpc: Vpc, name: string, rules: readonly SecurityGroupRuleRequest[] = []): Promise<string> {
    return await this.cloud.page.evaluate(
      async ([vpcId, groupName, ingress]) => {
        const { id } = await tabvisor.securityGroups.create({ name: groupName, description: groupName, vpcId });
        if (ingress.length > 0) await tabvisor.securityGroups.authorize(id, "ingress", ingress);
        return id;
      },
      [vpc.id, name, rules] as const,
    );
  }

  /** Lets something in to the group; gives the rules' ids. */
  async allow(group: string, ...rules: SecurityGroupRuleRequest[]): Promise<string[]> {
    return await this.cloud.page.evaluate(
      async ([id, asked]) => (await tabvisor.securityGroups.authorize(id, "ingress", asked)).map((rule) => rule.id),
      [group, rules] as const,
    );
  }

  async revoke(group: string, rules: readonly string[]): Promise<void> {
    await this.cloud.page.evaluate(([id, ids]) => tabvisor.securityGroups.revoke(id, ids), [group, rules] as const);
  }

  /** The interface is to be in these groups and no others. */
  async setGroups(interfaceId: string, ...groups: string[]): Promise<void> {
    await this.cloud.page.evaluate(
      async ([id, securityGroupIds]) => void (await tabvisor.networkInterfaces.modify(id, { securityGroupIds })),
      [interfaceId, groups] as const,
    );
  }
}

export const tcp = (port: number, peer: string): SecurityGroupRuleRequest => ({
  protocol: "tcp",
  fromPort: port,
  toPort: port,
  ...from(peer),
});

export const icmp = (peer: string): SecurityGroupRuleRequest => ({ protocol: "icmp", ...from(peer) });

const from = (peer: string) => (peer.startsWith("sg-") ? { groupId: peer } : { cidrBlock: peer });

async function makeVpc(cloud: CloudPage): Promise<Vpc> {
  return await cloud.page.evaluate(async () => {
    const { vpcs, subnets, internetGateways, routeTables, securityGroups } = tabvisor;
    const { id: vpcId } = await vpcs.create({ cidrBlock: "10.0.0.0/16" });
    const gateway = await internetGateways.create();
    await internetGateways.attach(gateway.id, vpcId);
    const { id: publicSubnet } = await subnets.create({ vpcId, cidrBlock: "10.0.1.0/24" });
    const { id: privateSubnet } = await subnets.create({ vpcId, cidrBlock: "10.0.2.0/24" });
    await subnets.modify(publicSubnet, { mapPublicIpOnLaunch: true });
    const { id: publicTable } = await routeTables.create({ vpcId });
    await routeTables.createRoute(publicTable, "0.0.0.0/0", { kind: "internet-gateway", id: gateway.id });
    await routeTables.associate(publicTable, publicSubnet);
    const defaultGroup = securityGroups.list().find((group) => group.vpcId === vpcId)?.id ?? "";
    return { id: vpcId, defaultGroup, publicSubnet, privateSubnet, publicTable };
  });
}
