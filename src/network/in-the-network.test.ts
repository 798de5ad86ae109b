import { beforeAll, expect, test } from "vitest";
import { GuestsLab } from "../../test/support/guests-lab.ts";
import { type NetworkLabModel, networkModelOf } from "../../test/support/network-lab.ts";
import { readPattern, writePattern } from "../../test/support/tcp-lab.ts";
import { seededRandom } from "../base/random.ts";
import { parseAddress } from "./addresses.ts";
import { fetchOver } from "./http/client.ts";
import { metadataEndpoint } from "./metadata/endpoint.ts";
import { IdentitySigner, newIdentityKey } from "./metadata/identity.ts";
import { metadataLookup } from "./metadata/lookup.ts";
import type { MetadataModel } from "./metadata/model.ts";
import { MetadataService } from "./metadata/service.ts";
import { addressData, nameData } from "./services/dns-message.ts";
import { dnsOverTcp } from "./services/dns-over-tcp.ts";
import { DNS_ADDRESS, METADATA_ADDRESS } from "./services/service-addresses.ts";
import { ServiceStacks } from "./services/service-stacks.ts";

const PUBLIC = "198.51.100.7";
const model: NetworkLabModel = {
  vpcs: { "vpc-1": { cidr: "10.0.0.0/16", gateway: "in" }, "vpc-2": { cidr: "10.0.0.0/16" } },
  subnets: {
    "subnet-1": { vpc: "vpc-1", cidr: "10.0.0.0/24", routes: ["0.0.0.0/0 igw-vpc-1"] },
    "subnet-2": { vpc: "vpc-2", cidr: "10.0.0.0/24" },
  },
  groups: { "sg-web": ["in tcp 8080 203.0.113.1/32", "out all 0.0.0.0/0"] },
  interfaces: {
    "eni-a": { subnet: "subnet-1", ip: "10.0.0.10", publicIp: PUBLIC, groups: ["sg-web"] },
    "eni-b": { subnet: "subnet-2", ip: "10.0.0.10" },
  },
};

let signer: IdentitySigner;
beforeAll(async () => {
  signer = new IdentitySigner(await newIdentityKey());
});

const metadataOf = (instanceId: string): MetadataModel => ({
  instanceId,
  imageId: "ami-1",
  instanceType: "t3.micro",
  reservationId: "r-1",
  accountId: "123456789012",
  launchIndex: 0,
  region: "local-1",
  availabilityZone: "local-1a",
  availabilityZoneId: "lo1-az1",
  architecture: "i386",
  lifeCycle: "on-demand",
  pendingTime: 0,
  interfaces: [],
  blockDeviceMapping: {},
  tags: {},
  options: {
    httpTokens: "required",
    httpEndpoint: "enabled",
    httpPutResponseHopLimit: 3,
    instanceMetadataTags: "disabled",
  },
});

/** The network with its metadata service. */
function newCloud(): GuestsLab {
  const instances = networkModelOf(model).interfaces.map((one) => ({ ...one, instanceId: `i-${one.id}` }));
  const known = { ...networkModelOf(model), interfaces: instances };
  const metadata = instances.map(({ instanceId }) => metadataOf(instanceId));
  const instanceOf = metadataLookup({ ...known, metadata });
  return new GuestsLab(known, (lab) => {
    const service = new MetadataService({ clock: lab.time, secret: new Uint8Array(32), signer });
    const resolver = dnsOverTcp((id, message) => lab.network.answerDns(id, message), lab.time);
    return new ServiceStacks({
      clock: lab.time,
      random: seededRandom(1),
      services: [metadataEndpoint(service, instanceOf), resolver],
      send: (id, frame) => lab.network.sendFromService(id, frame),
    });
  });
}

test("F13: guests of two VPCs with one address ask for their own metadata, with a token of their own", async () => {
  const cloud = newCloud();
  const to = { address: METADATA_ADDRESS, port: 80 };
  const tokens: string[] = [];
  for (const interfaceId of ["eni-a", "eni-b"]) {
    const { stack, address } = await cloud.guest(interfaceId);
    const ask = async (method: string, target: string, headers: Record<string, string>) => {
      const connection = await stack.connect({ from: address, to });
      const request = { method, target, host: "169.254.169.254", headers: new Headers(headers) };
      const answer = await fetchOver(connection, request);
      return [answer.status, await answer.text()] as const;
    };
    const path = "/latest/meta-data/instance-id";
    const conversation = (async () => {
      expect((await ask("GET", path, {}))[0]).toBe(401);
      const [, token] = await ask("PUT", "/latest/api/token", { "X-aws-ec2-metadata-token-ttl-seconds": "60" });
      expect(await ask("GET", path, { "X-aws-ec2-metadata-token": token })).toEqual([200, `i-${interfaceId}`]);
      for (const other of tokens) expect((await ask("GET", path, { "X-aws-ec2-metadata-token": other }))[0]).toBe(401);
      tokens.push(token);
    })();
    await cloud.time.until(conversation);
  }
  expect(tokens).toHaveLength(2);
  expect(cloud.hops).toContain(3);
});

/** A question for an address, with its length before it (RFC 1035 §4.2.2). */
function question(name: string, id: number): Uint8Array {
  const message = Uint8Array.from([0, id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...nameData(name), 0, 1, 0, 1]);
  return Uint8Array.from([0, message.length, ...message]);
}

test("N13, RFC 7766: the resolver answers over TCP, one question after the other, at both of its addresses", async () => {
  const cloud = newCloud();
  const { stack, address } = await cloud.guest("eni-a");
  const questions = [1, 2].flatMap((id) => [...question("ip-10-0-0-10.ec2.internal", id)]);
  for (const resolver of [DNS_ADDRESS, parseAddress("10.0.0.2") as number]) {
    const conversation = (async () => {
      const socket = await stack.connect({ from: address, to: { address: resolver, port: 53 } });
      const writer = socket.writable.getWriter();
      // In pieces that are no messages.
      await writer.write(Uint8Array.from(questions.slice(0, 1)));
      await writer.write(Uint8Array.from(questions.slice(1, 50)));
      await writer.write(Uint8Array.from(questions.slice(50)));
      await writer.close();
      return new Uint8Array(await new Response(socket.readable).arrayBuffer());
    })();
    const answers = await cloud.time.until(conversation);
    const length = (answers[0] as number) * 256 + (answers[1] as number);
    expect(answers).toHaveLength(2 * (2 + length));
    for (const [index, at] of [2, 4 + length].entries()) {
      // The question's number, an answer without an error, one record, the address at its end.
      expect([...answers.subarray(at, at + 4)]).toEqual([0, index + 1, 0x85, 0x80]);
      expect([...answers.subarray(at + length - 4, at + length)]).toEqual([...addressData(address)]);
    }
  }
});

test("N13: who asks nothing over TCP, or what is no question, loses the connection; there is no resolver elsewhere", async () => {
  const cloud = newCloud();
  const { stack, address } = await cloud.guest("eni-a");
  const connected = (to: number) => stack.connect({ from: address, to: { address: to, port: 53 } });
  const reset = { code: "Network.ConnectionReset" };
  const silent = await cloud.time.until(connected(DNS_ADDRESS));
  await expect(cloud.time.until(silent.closed)).rejects.toMatchObject(reset);
  const wrong = await cloud.time.until(connected(DNS_ADDRESS));
  await wrong.writable.getWriter().write(Uint8Array.of(0, 3, 1, 2, 3));
  await expect(cloud.time.until(wrong.closed)).rejects.toMatchObject(reset);
  const refused = { code: "Network.ConnectionRefused" };
  await expect(cloud.time.until(connected(METADATA_ADDRESS))).rejects.toMatchObject(refused);
});

test("E1, F54: the page has a stream to a port that a group opens to it, and 2 MB arrive whole both ways", async () => {
  const cloud = newCloud();
  const { stack } = await cloud.guest("eni-a");
  const served = new Promise<number>((resolve, reject) => {
    stack.listen({ port: 8080 }, () => ({
      onConnection: (socket) => {
        Promise.all([readPattern(socket), writePattern(socket, 2_000_000)]).then(([count]) => resolve(count), reject);
      },
    }));
  });
  const conversation = (async () => {
    const socket = await cloud.outside.connect({ address: parseAddress(PUBLIC) as number, port: 8080 });
    return await Promise.all([readPattern(socket), writePattern(socket, 2_000_000), served]);
  })();
  const [received, , arrived] = await cloud.time.until(conversation);
  expect([received, arrived]).toEqual([2_000_000, 2_000_000]);
});

test("E1, F55: a port that no group opens does not answer, however the guest would", async () => {
  const cloud = newCloud();
  await cloud.guest("eni-a");
  const connected = cloud.outside.connect({ address: parseAddress(PUBLIC) as number, port: 22 }, { timeoutMs: 5000 });
  await expect(cloud.time.until(connected)).rejects.toMatchObject({ code: "Network.ConnectionTimedOut" });
});
