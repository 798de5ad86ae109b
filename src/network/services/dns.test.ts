import { describe, expect, it } from "vitest";
import { icmp, tcp, udp } from "../../../test/support/filter-lab.ts";
import { NetworkLab, type NetworkLabModel } from "../../../test/support/network-lab.ts";
import { formatAddress } from "../addresses.ts";
import { u8, u16, u32 } from "../frames/bytes.ts";
import type { ResolveOutside } from "./dns.ts";
import { addressData, DNS_CODE, DNS_TYPE, nameData } from "./dns-message.ts";

const A = "10.0.0.10";

const model = (gateway?: "in" | "out"): NetworkLabModel => ({
  vpcs: {
    "vpc-1": { cidr: "10.0.0.0/16", ...(gateway && { gateway }) },
    "vpc-2": { cidr: "10.1.0.0/16", region: "eu-west-1", ...(gateway && { gateway }) },
    "vpc-3": { cidr: "10.2.0.0/16", dnsHostnames: false },
  },
  subnets: {
    "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24" },
    "subnet-2": { vpc: "vpc-2", cidr: "10.1.0.0/24" },
    "subnet-3": { vpc: "vpc-3", cidr: "10.2.0.0/24" },
  },
  groups: { "sg-quiet": [] },
  interfaces: {
    "eni-a": { subnet: "subnet-1", ip: A, groups: ["sg-quiet"], more: [{ privateIp: "10.0.0.11" }] },
    "eni-b": { subnet: "subnet-1", ip: "10.0.0.20", publicIp: "198.51.100.20" },
    "eni-c": { subnet: "subnet-2", ip: "10.1.0.30", publicIp: "198.51.100.30" },
    "eni-d": { subnet: "subnet-3", ip: "10.2.0.40", publicIp: "198.51.100.40" },
  },
});

interface Question {
  readonly id?: number;
  readonly edns?: number;
  readonly flags?: number;
}

function query(
  name: string,
  type: number = DNS_TYPE.a,
  { id = 0x1a2b, edns, flags = 0x0100 }: Question = {},
): Uint8Array {
  const header = [id >> 8, id & 255, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1];
  const opt = edns === undefined ? [] : [0, 0, 41, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0];
  return Uint8Array.from([...header, ...nameData(name), type >> 8, type & 255, 0, 1, ...opt]);
}

interface Answer {
  readonly id: number;
  readonly code: number;
  readonly truncated: boolean;
  /** Addresses and names; others as their length. */
  readonly records: readonly string[];
}

function read(bytes: Uint8Array): Answer {
  let at = 12;
  const name = (from: number): [string, number] => {
    const labels: string[] = [];
    let here = from;
    while (u8(bytes, here) !== 0) {
      labels.push(new TextDecoder().decode(bytes.subarray(here + 1, here + 1 + u8(bytes, here))));
      here += 1 + u8(bytes, here);
    }
    return [labels.join("."), here + 1];
  };
  if (u16(bytes, 4) === 1) at = name(at)[1] + 4;
  const records: string[] = [];
  for (let i = 0; i < u16(bytes, 6); i++) {
    expect(u16(bytes, at)).toBe(0xc00c);
    const [type, length] = [u16(bytes, at + 2), u16(bytes, at + 10)];
    if (type === DNS_TYPE.a) records.push(formatAddress(u32(bytes, at + 12)));
    else records.push(type === DNS_TYPE.ptr ? name(at + 12)[0] : `${length} bytes`);
    at += 12 + length;
  }
  return { id: u16(bytes, 0), code: u8(bytes, 3) & 15, truncated: (u8(bytes, 2) & 2) !== 0, records };
}

async function ask(
  lab: NetworkLab,
  message: Uint8Array,
  { from = "eni-a", server = "10.0.0.2" } = {},
): Promise<Answer | undefined> {
  const card = lab.card(from);
  await card.send(udp(`${formatAddress(card.address)}:40000`, `${server}:53`, message));
  await new Promise((resolve) => setTimeout(resolve));
  await lab.settle();
  const [packet] = card.take();
  if (packet === undefined) return undefined;
  expect([formatAddress(packet.source), packet.sourcePort, packet.destinationPort]).toEqual([server, 53, 40000]);
  return read(packet.bytes.subarray(packet.payload, packet.end));
}

const found = (...records: string[]) => ({ id: 0x1a2b, code: DNS_CODE.ok, truncated: false, records });
const none = { id: 0x1a2b, code: DNS_CODE.noSuchName, truncated: false, records: [] };

describe("DNS", () => {
  it("N13, F52: private names are known in their VPC, whatever the groups say, at both of the resolver's addresses", async () => {
    const lab = new NetworkLab(model());
    for (const server of ["10.0.0.2", "169.254.169.253"])
      expect(await ask(lab, query("ip-10-0-0-20.ec2.internal"), { server })).toEqual(found("10.0.0.20"));
    expect(await ask(lab, query("IP-10-0-0-11.EC2.Internal"))).toEqual(found("10.0.0.11"));
    expect(await ask(lab, query("ip-10-0-0-20.ec2.internal", DNS_TYPE.aaaa))).toEqual(found());
    expect(await ask(lab, query("ip-10-0-0-99.ec2.internal"))).toEqual(none);
    expect(await ask(lab, query("ip-10-1-0-30.ec2.internal"))).toEqual(none);
    const elsewhere = { from: "eni-c", server: "10.1.0.2" };
    expect(await ask(lab, query("ip-10-1-0-30.eu-west-1.compute.internal"), elsewhere)).toEqual(found("10.1.0.30"));
    expect(await ask(lab, query("ip-10-1-0-30.ec2.internal"), elsewhere)).toEqual(none);
  });

  it("N13: an address's name is told", async () => {
    const lab = new NetworkLab(model());
    expect(await ask(lab, query("20.0.0.10.in-addr.arpa", DNS_TYPE.ptr))).toEqual(found("ip-10-0-0-20.ec2.internal"));
    expect(await ask(lab, query("11.0.0.10.in-addr.arpa", DNS_TYPE.ptr))).toEqual(found("ip-10-0-0-11.ec2.internal"));
    expect(await ask(lab, query("99.0.0.10.in-addr.arpa", DNS_TYPE.ptr))).toEqual(none);
    const name = "ec2-198-51-100-30.eu-west-1.compute.amazonaws.com";
    expect(await ask(lab, query("30.100.51.198.in-addr.arpa", DNS_TYPE.ptr))).toEqual(found(name));
  });

  it("N14, F53: a public name is the private address in its own VPC, and the public one in others", async () => {
    const lab = new NetworkLab(model());
    const elsewhere = { from: "eni-c", server: "10.1.0.2" };
    const name = "ec2-198-51-100-20.compute-1.amazonaws.com";
    expect(await ask(lab, query(name))).toEqual(found("10.0.0.20"));
    expect(await ask(lab, query(name), elsewhere)).toEqual(found("198.51.100.20"));
    expect(await ask(lab, query("ec2-198-51-100-30.eu-west-1.compute.amazonaws.com"))).toEqual(found("198.51.100.30"));
    // Of another region's form, of nobody, of a VPC without such names.
    for (const other of ["20.us-west-2.compute", "77.compute-1", "40.compute-1"])
      expect(await ask(lab, query(`ec2-198-51-100-${other}.amazonaws.com`))).toEqual(none);
  });

  it.each([
    ["us-east-1", "ec2.internal", "compute-1.amazonaws.com"],
    ["local-1", "local-1.compute.internal", "local-1.compute.amazonaws.com"],
  ])(
    "N13, N14: in %s names and addresses are told both ways, at both addresses, and what a name has not is empty",
    async (region, inside, outside) => {
      const lab = new NetworkLab({
        ...model("in"),
        vpcs: { ...model().vpcs, "vpc-1": { cidr: "10.0.0.0/16", gateway: "in", region } },
      });
      const names: [string, string, string][] = [
        [`ip-10-0-0-20.${inside}`, "10.0.0.20", "20.0.0.10.in-addr.arpa"],
        [`ip-10-0-0-11.${inside}`, "10.0.0.11", "11.0.0.10.in-addr.arpa"],
        [`ec2-198-51-100-20.${outside}`, "10.0.0.20", "20.100.51.198.in-addr.arpa"],
      ];
      const [ns, soa, mx, txt, https] = [2, 6, 15, 16, 65];
      for (const server of ["10.0.0.2", "169.254.169.253"]) {
        for (const [name, address, pointer] of names) {
          expect(await ask(lab, query(name), { server })).toEqual(found(address));
          expect(await ask(lab, query(name, DNS_TYPE.any), { server })).toEqual(found(address));
          expect(await ask(lab, query(pointer, DNS_TYPE.ptr), { server })).toEqual(found(name));
          for (const type of [DNS_TYPE.aaaa, DNS_TYPE.ptr, ns, soa, mx, txt, https])
            expect(await ask(lab, query(name, type), { server })).toEqual(found());
          for (const type of [DNS_TYPE.a, DNS_TYPE.aaaa, soa])
            expect(await ask(lab, query(pointer, type), { server })).toEqual(found());
        }
        for (const type of [DNS_TYPE.a, DNS_TYPE.aaaa])
          expect(await ask(lab, query(`ip-10-0-0-99.${inside}`, type), { server })).toEqual(none);
        // What has names below it is there, or whoever remembers that it is not would not ask for these (RFC 8020).
        for (const branch of [inside, "0.0.10.in-addr.arpa", "10.in-addr.arpa"])
          expect(await ask(lab, query(branch, soa), { server })).toEqual(found());
        // An address has one name.
        for (const name of ["ip-010-0-0-20", "ip-10.0-0-20", "x.ip-10-0-0-20", "ip-10-0-0-256"])
          expect(await ask(lab, query(`${name}.${inside}`), { server })).toEqual(none);
        for (const pointer of ["256.0.10", "x.10", "1.20.0.0.10"])
          expect(await ask(lab, query(`${pointer}.in-addr.arpa`, DNS_TYPE.ptr), { server })).toEqual(none);
      }
    },
  );

  it("N15: the world is asked only where there is a way out", async () => {
    const asked: string[] = [];
    const resolveOutside: ResolveOutside = async (name, type) => {
      asked.push(`${name} ${type}`);
      if (name === "gone.example") return "no-such-name";
      if (name === "broken.example") throw new Error("nobody answers");
      return type === DNS_TYPE.a ? [{ type, ttlSeconds: 30, data: addressData(0xc0000250) }] : [];
    };
    for (const gateway of [undefined, "in"] as const) {
      expect(await ask(new NetworkLab(model(gateway), { resolveOutside }), query("www.example.com"))).toEqual(none);
      expect(asked).toEqual([]);
    }
    const lab = new NetworkLab(model("out"), { resolveOutside });
    expect(await ask(lab, query("www.Example.com"))).toEqual(found("192.0.2.80"));
    expect(await ask(lab, query("www.example.com", DNS_TYPE.aaaa))).toEqual(found());
    expect(await ask(lab, query("gone.example"))).toEqual(none);
    expect(await ask(lab, query("broken.example"))).toMatchObject({ code: DNS_CODE.serverFailure });
    expect(asked).toEqual(["www.example.com 1", "www.example.com 28", "gone.example 1", "broken.example 1"]);
    // Names of the cloud's own are not the world's to know.
    expect(await ask(lab, query("ip-10-9-9-9.ec2.internal"))).toEqual(none);
    expect(asked).toHaveLength(4);
  });

  it("N15: an interface has a bounded number of questions under way, and gets the answers to its own", async () => {
    const pending: (() => void)[] = [];
    const resolveOutside: ResolveOutside = (name) =>
      new Promise((resolve) =>
        pending.push(() => resolve([{ type: 1, ttlSeconds: 1, data: addressData(Number(name.slice(1, -8))) }])),
      );
    const lab = new NetworkLab(model("out"), { resolveOutside });
    const a = lab.card("eni-a");
    for (let id = 0; id < 100; id++) await a.send(udp(`${A}:40000`, "10.0.0.2:53", query(`n${id}.example`, 1, { id })));
    expect(pending).toHaveLength(64);
    expect(lab.drops("eni-a").in).toEqual({ service: 36 });
    for (const answer of pending.splice(0).reverse()) answer();
    await new Promise((resolve) => setTimeout(resolve));
    const answers = a.take().map(({ bytes, payload, end }) => read(bytes.subarray(payload, end)));
    expect(answers).toHaveLength(64);
    for (const { id, records } of answers) expect(records).toEqual([formatAddress(id)]);
    await a.send(udp(`${A}:40000`, "10.0.0.2:53", query("n7.example")));
    expect(pending).toHaveLength(1);
  });

  it("N15: a question that the world does not answer in five seconds is told to have none", async () => {
    const lab = new NetworkLab(model("out"), { resolveOutside: () => new Promise(() => {}) });
    expect(await ask(lab, query("www.example.com"))).toBeUndefined();
    await lab.clock.advance(5000);
    const [packet] = lab.card("eni-a").take();
    if (packet === undefined) throw new Error("no answer");
    expect(read(packet.bytes.subarray(packet.payload, packet.end))).toMatchObject({ code: DNS_CODE.serverFailure });
  });

  it("N15: what does not fit is left out, and the answer says so", async () => {
    const records = Array.from({ length: 60 }, (_, i) => ({ type: 1, ttlSeconds: 1, data: addressData(i) }));
    const lab = new NetworkLab(model("out"), { resolveOutside: async () => records });
    expect(await ask(lab, query("www.example.com"))).toMatchObject({ truncated: true, records: { length: 29 } });
    const more = await ask(lab, query("www.example.com", 1, { edns: 4096 }));
    expect(more).toMatchObject({ truncated: false, records: { length: 60 } });
  });

  it("N15, N28: what is no question is not answered; what cannot be read or is not known is told", async () => {
    const lab = new NetworkLab(model());
    const good = query("ip-10-0-0-20.ec2.internal");
    expect(await ask(lab, query("a.example", 1, { flags: 0x8180 }))).toBeUndefined();
    expect(await ask(lab, query("a.example", 1, { flags: 0x2800 }))).toMatchObject({ code: DNS_CODE.notImplemented });
    for (let length = 0; length < good.length; length++) {
      const answer = await ask(lab, good.slice(0, length));
      if (length < 12) expect(answer).toBeUndefined();
      else expect(answer).toMatchObject({ code: DNS_CODE.formatError, records: [] });
    }
    const pointer = good.slice();
    pointer.set([0xc0, 12], 12);
    expect(await ask(lab, pointer)).toMatchObject({ code: DNS_CODE.formatError });
    const corrupt = udp(`${A}:1`, "10.0.0.2:53", good);
    corrupt.bytes[50] = (corrupt.bytes[50] as number) ^ 1;
    await lab.card("eni-a").send(corrupt);
    expect(lab.card("eni-a").take()).toEqual([]);
  });
});

describe("other services", () => {
  it("N16: time is told as a server of stratum 3", async () => {
    const lab = new NetworkLab(model());
    const question = new Uint8Array(48);
    // What BusyBox's ntpd sends: version 4, client, and a number that it knows again.
    question[0] = 0x23;
    question.set([1, 2, 3, 4, 5, 6, 7, 8], 40);
    await lab.card("eni-a").send(udp(`${A}:123`, "169.254.169.123:123", question));
    const [answer] = lab.card("eni-a").take();
    if (answer === undefined) throw new Error("no answer");
    const bytes = answer.bytes.subarray(answer.payload, answer.end);
    expect([bytes[0], bytes[1]]).toEqual([0x24, 3]);
    expect([...bytes.subarray(24, 32)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    for (const at of [32, 40]) expect((u32(bytes, at) - 2208988800) * 1000).toBe(lab.clock.now());
    await lab.card("eni-a").send(udp(`${A}:123`, "169.254.169.123:123", bytes));
    await lab.card("eni-a").send(udp(`${A}:123`, "169.254.169.123:123", question.subarray(0, 47)));
    expect(lab.card("eni-a").take()).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ service: 2 });
  });

  it("N17, F13: TCP to the metadata service is handed on with its interface, and answers come to it alone", async () => {
    const lab = new NetworkLab(model());
    const a = lab.card("eni-a");
    await a.send(tcp(`${A}:4000`, "169.254.169.254:80", "S"));
    await a.send(tcp(`${A}:4001`, "10.0.0.2:53", "S"));
    expect(lab.services.map(({ interfaceId, packet }) => [interfaceId, packet.sourcePort])).toEqual([
      ["eni-a", 4000],
      ["eni-a", 4001],
    ]);
    lab.network.sendFromService("eni-a", { bytes: tcp("169.254.169.254:80", `${A}:4000`, "SA").bytes });
    await lab.settle();
    expect(a.take().map(({ tcpFlags }) => tcpFlags)).toEqual([18]);
    expect(lab.card("eni-b").received).toEqual([]);
    lab.network.sendFromService("eni-none", { bytes: tcp("169.254.169.254:80", `${A}:4000`, "SA").bytes });
  });

  it("N17: nobody is at other link-local addresses, and none of them leaves the link", async () => {
    const lab = new NetworkLab(model("out"));
    const a = lab.card("eni-a");
    await a.send(udp(`${A}:1`, "169.254.1.1:1"));
    await a.send(icmp(A, "169.254.169.254", 8));
    await a.send(tcp(`${A}:1`, "169.254.169.253:80", "S"));
    expect([...a.take(), ...lab.outside]).toEqual([]);
    expect(lab.drops("eni-a").in).toEqual({ service: 2 });
  });
});
