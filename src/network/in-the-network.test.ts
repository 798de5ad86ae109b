import { beforeAll, expect, test } from "vitest";
import { GuestsLab } from "../../test/support/guests-lab.ts";
import { type NetworkLabModel, networkModelOf } from "../../test/support/network-lab.ts";
import { readPattern, writePattern } from "../../test/support/tcp-lab.ts";
import { seededRandom } from "../base/random.ts";
import { parseAddress } from "./addresses.ts";
import { fetchOver } from "./http/client.ts";
import { MetadataEndpoint, type MetadataEndpointOptions } from "./metadata/endpoint.ts";
import { IdentitySigner, newIdentityKey } from "./metadata/identity.ts";
import { metadataLookup } from "./metadata/lookup.ts";
import type { MetadataModel } from "./metadata/model.ts";
import { MetadataService } from "./metadata/service.ts";
import { METADATA_ADDRESS } from "./services/service-addresses.ts";

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
    const send: MetadataEndpointOptions["send"] = (id, frame) => lab.network.sendFromService(id, frame);
    return new MetadataEndpoint({ clock: lab.time, random: seededRandom(1), service, instanceOf, send });
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
