import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { LEFT, RIGHT, TcpLab } from "../../../test/support/tcp-lab.ts";
import { systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { fetchOver } from "../http/client.ts";
import { IdentitySigner, newIdentityKey } from "./identity.ts";
import type { MetadataModel, MetadataOptions } from "./model.ts";
import { MetadataService } from "./service.ts";

let signer: IdentitySigner;
let now = Date.UTC(2026, 10, 21);
const clock = { now: () => now, setTimer: systemClock.setTimer };
let service: MetadataService;

beforeAll(async () => {
  signer = new IdentitySigner(await newIdentityKey());
  service = new MetadataService({ clock, secret: seededRandom(1).bytes(32), signer });
});

const TOKEN = "X-aws-ec2-metadata-token";
const TTL = "X-aws-ec2-metadata-token-ttl-seconds";

function instance(options: Partial<MetadataOptions> = {}, changes: Partial<MetadataModel> = {}): MetadataModel {
  return {
    instanceId: "i-0123456789abcdef0",
    imageId: "ami-0123456789abcdef0",
    instanceType: "t3.micro",
    reservationId: "r-0123456789abcdef0",
    accountId: "123456789012",
    launchIndex: 0,
    region: "local-1",
    availabilityZone: "local-1a",
    availabilityZoneId: "lo1-az1",
    architecture: "i386",
    lifeCycle: "on-demand",
    pendingTime: Date.UTC(2026, 10, 21, 9, 8, 7, 654),
    interfaces: [
      {
        id: "eni-1",
        macAddress: "02:00:00:00:00:01",
        deviceNumber: 0,
        hostname: "ip-172-31-0-5.local-1.compute.internal",
        addresses: [{ privateIp: "172.31.0.5", publicIp: "203.0.113.9" }, { privateIp: "172.31.0.6" }],
        publicHostname: "ec2-203-0-113-9.local-1.compute.amazonaws.com",
        securityGroups: [
          { id: "sg-1", name: "default" },
          { id: "sg-2", name: "web" },
        ],
        subnetId: "subnet-1",
        subnetCidrBlock: "172.31.0.0/20",
        vpcId: "vpc-1",
        vpcCidrBlocks: ["172.31.0.0/16"],
      },
    ],
    publicKey: { name: "my-key", openSshKey: "ssh-ed25519 AAAA my-key" },
    blockDeviceMapping: { ami: "vda", root: "/dev/vda", ebs1: "sdf" },
    userData: Uint8Array.of(0, 255, 10),
    tags: { Name: "web 1", constructor: "ours" },
    options: {
      httpTokens: "optional",
      httpEndpoint: "enabled",
      httpPutResponseHopLimit: 1,
      instanceMetadataTags: "disabled",
      ...options,
    },
    ...changes,
  };
}

async function ask(method: string, target: string, of = instance(), headers: Record<string, string> = {}) {
  const body = new ReadableStream<Uint8Array>();
  const answer = await service.handle({ method, target, headers: new Headers(headers), body }, of);
  const text = new TextDecoder("latin1").decode(answer.body as Uint8Array);
  return { ...answer, text, fields: new Headers(answer.headers as [string, string][]) };
}
const get = (target: string, of = instance(), headers: Record<string, string> = {}) => ask("GET", target, of, headers);
const put = (headers: Record<string, string>, of = instance(), target = "/latest/api/token") =>
  ask("PUT", target, of, headers);

test("F13: a token is given for 1 to 21600 seconds, with the hop limit of the instance", async () => {
  const answer = await put({ [TTL]: "21600" }, instance({ httpPutResponseHopLimit: 3 }));
  expect([answer.status, answer.hopLimit, answer.fields.get(TTL)]).toEqual([200, 3, "21600"]);
  expect(answer.text).toMatch(/^[A-Za-z0-9+/]+=*$/);
  for (const ttl of ["0", "21601", "-1", "1.5", "", "ten"]) expect((await put({ [TTL]: ttl })).status).toBe(400);
  expect((await put({})).status).toBe(400);
  expect((await put({ [TTL]: "1" })).status).toBe(200);
});

test("F13: tokens are for the latest version only, and never given to a proxy", async () => {
  expect((await put({ [TTL]: "60" }, instance(), "/2021-03-23/api/token")).status).toBe(403);
  expect((await put({ [TTL]: "60", "X-Forwarded-For": "10.0.0.1" })).status).toBe(403);
  expect((await put({ [TTL]: "60" }, instance(), "/latest/meta-data/")).status).toBe(405);
  expect((await get("/latest/api/token")).status).toBe(405);
  expect((await ask("POST", "/latest/api/token")).status).toBe(405);
});

test("F13: where tokens are required, nothing is told without a good one", async () => {
  const strict = instance({ httpTokens: "required" });
  const token = (await put({ [TTL]: "60" }, strict)).text;
  expect((await get("/latest/meta-data/instance-id", strict)).status).toBe(401);
  expect((await get("/latest/meta-data/instance-id", strict, { [TOKEN]: "AAAA" })).status).toBe(401);
  const answer = await get("/latest/meta-data/instance-id", strict, { [TOKEN]: token });
  expect([answer.status, answer.text, answer.fields.get(TTL)]).toEqual([200, strict.instanceId, "60"]);
  now += 59_500;
  expect((await get("/latest/meta-data/", strict, { [TOKEN]: token })).fields.get(TTL)).toBe("1");
  now += 500;
  expect((await get("/latest/meta-data/", strict, { [TOKEN]: token })).status).toBe(401);
});

test("F13: a token of another instance is refused, also where none is needed; so is one that was changed", async () => {
  const token = (await put({ [TTL]: "60" })).text;
  const other = instance({}, { instanceId: "i-00000000000000000" });
  expect((await get("/latest/meta-data/", other, { [TOKEN]: token })).status).toBe(401);
  expect((await get("/latest/meta-data/", other)).status).toBe(200);
  for (let i = 0; i < token.length - 2; i += 7) {
    const changed = token.slice(0, i) + (token[i] === "A" ? "B" : "A") + token.slice(i + 1);
    expect((await get("/latest/meta-data/", instance(), { [TOKEN]: changed })).status).toBe(401);
  }
});

test("F13: a service that is off refuses everything", async () => {
  const off = instance({ httpEndpoint: "disabled" });
  expect([(await get("/", off)).status, (await put({ [TTL]: "60" }, off)).status]).toEqual([403, 403]);
});

test("F13: listings are plain text, a name a line, with and without the slash, of all versions", async () => {
  const root = await get("/");
  expect(root.text.split("\n")).toEqual(expect.arrayContaining(["1.0", "2009-04-04", "2021-03-23", "latest"]));
  expect((await get("/latest")).text).toBe("dynamic\nmeta-data\nuser-data");
  const { userData: _, ...without } = instance();
  expect((await get("/latest/", without)).text).toBe("dynamic\nmeta-data");
  const listing = await get("/2009-04-04/meta-data/");
  expect(listing.fields.get("content-type")).toBe("text/plain");
  expect(listing.text).toContain("ami-id\nami-launch-index\nami-manifest-path\nblock-device-mapping/\nhostname\n");
  expect((await get("//latest//meta-data?x=1")).text).toBe(listing.text);
  expect((await get("http://169.254.169.254/latest/meta-data")).text).toBe(listing.text);
  expect((await get("/latest/meta-data/public-keys/")).text).toBe("0=my-key");
  expect((await get("/latest/meta-data/public-keys/0/")).text).toBe("openssh-key");
});

const VALUES: readonly [string, string][] = [
  ["ami-id", "ami-0123456789abcdef0"],
  ["local-ipv4", "172.31.0.5"],
  ["public-ipv4", "203.0.113.9"],
  ["local-hostname", "ip-172-31-0-5.local-1.compute.internal"],
  ["security-groups", "default\nweb"],
  ["placement/availability-zone", "local-1a"],
  ["placement/region", "local-1"],
  ["public-keys/0/openssh-key", "ssh-ed25519 AAAA my-key"],
  ["block-device-mapping/root", "/dev/vda"],
  ["network/interfaces/macs/", "02:00:00:00:00:01/"],
  ["network/interfaces/macs/02:00:00:00:00:01/subnet-id", "subnet-1"],
  ["network/interfaces/macs/02%3A00%3A00%3A00%3A00%3A01/local-ipv4s", "172.31.0.5\n172.31.0.6"],
  ["network/interfaces/macs/02:00:00:00:00:01/ipv4-associations/203.0.113.9", "172.31.0.5"],
  ["network/interfaces/macs/02:00:00:00:00:01/security-group-ids", "sg-1\nsg-2"],
  ["services/domain", "amazonaws.com"],
];

test.each(VALUES)("F13: meta-data/%s", async (path, value) => {
  expect((await get(`/latest/meta-data/${path}`)).text).toBe(value);
});

test("F13: what is not there is EC2's page with 404", async () => {
  const bare = instance({}, { interfaces: [] });
  for (const path of ["nothing", "ami-id/more", "public-ipv4/x", "constructor", "__proto__", "tags/instance/Name"]) {
    const answer = await get(`/latest/meta-data/${path}`);
    expect([answer.status, answer.fields.get("content-type")]).toEqual([404, "text/html"]);
    expect(answer.text).toContain("<title>404 - Not Found</title>");
  }
  expect((await get("/latest/meta-data/local-ipv4", bare)).status).toBe(404);
  expect((await get("/2000-01-01/meta-data/")).status).toBe(404);
  expect((await get("/latest/meta-data/%zz")).status).toBe(400);
});

test("F13: tags are shown where the instance says so", async () => {
  const shown = instance({ instanceMetadataTags: "enabled" });
  expect((await get("/latest/meta-data/tags/instance/", shown)).text).toBe("Name\nconstructor");
  expect((await get("/latest/meta-data/tags/instance/Name", shown)).text).toBe("web 1");
  expect((await get("/latest/meta-data/tags/instance/toString", shown)).status).toBe(404);
});

test("F13: user data comes as its bytes", async () => {
  const answer = await get("/latest/user-data");
  expect([...(answer.body as Uint8Array)]).toEqual([0, 255, 10]);
  const { userData: _, ...without } = instance();
  expect((await get("/latest/user-data", without)).status).toBe(404);
});

test("F13: the identity document is signed, as openssl sees it with the certificate", async () => {
  expect((await get("/latest/dynamic/instance-identity/")).text).toBe("document\npkcs7\nrsa2048\nsignature");
  const document = (await get("/latest/dynamic/instance-identity/document")).text;
  expect(JSON.parse(document)).toMatchObject({
    accountId: "123456789012",
    instanceId: "i-0123456789abcdef0",
    pendingTime: "2026-11-21T09:08:07Z",
    privateIp: "172.31.0.5",
  });
  const pem = await signer.certificate();
  const certificate = new X509Certificate(pem);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect([certificate.validTo, certificate.issuer]).toEqual([
    "Dec 31 23:59:59 2199 GMT",
    "O=tabvisor\nCN=Instance identity",
  ]);
  const folder = mkdtempSync(join(tmpdir(), "identity-"));
  try {
    const file = (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    };
    const pkcs7 = (await get("/latest/dynamic/instance-identity/rsa2048")).text;
    const message = file("rsa2048", `-----BEGIN PKCS7-----\n${pkcs7}\n-----END PKCS7-----\n`);
    const certfile = file("certificate", pem);
    // The command of EC2's User Guide ("Verify the instance identity document").
    const seen = spawnSync("openssl", [
      ..."smime -verify -inform PEM -noverify -in".split(" "),
      message,
      "-certfile",
      certfile,
    ]);
    expect([String(seen.stderr).trim(), String(seen.stdout)]).toEqual(["Verification successful", document]);
    const signature = (await get("/latest/dynamic/instance-identity/signature")).text;
    const key = file("key", certificate.publicKey.export({ type: "spki", format: "pem" }));
    const given = file("signature", Buffer.from(signature, "base64"));
    const signed = file("document", document);
    const verified = spawnSync("openssl", ["dgst", "-sha256", "-verify", key, "-signature", given, signed]);
    expect(String(verified.stdout).trim()).toBe("Verified OK");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("F13: over TCP, an answer with a token lives for as many hops as the instance says", async () => {
  const lab = new TcpLab(1);
  const known = instance({ httpPutResponseHopLimit: 2 });
  lab.right.listen({ port: 80 }, () => ({
    onConnection: (socket) => void service.serve(socket, () => known),
  }));
  const connection = await lab.time.until(lab.left.connect({ from: LEFT, to: { address: RIGHT, port: 80 } }));
  const headers = new Headers({ [TTL]: "60" });
  const request = { method: "PUT", target: "/latest/api/token", host: "169.254.169.254", headers };
  const answer = await lab.time.until(fetchOver(connection, request));
  expect([answer.status, answer.headers.get("server")]).toEqual([200, "EC2ws"]);
  expect(lab.hopsFrom(RIGHT)).toContain(2);
});
