import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  DescribeVolumesCommand,
  EC2Client,
  RunInstancesCommand,
  waitUntilInstanceRunning,
} from "@aws-sdk/client-ec2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloudError } from "../base/errors.ts";
import { HttpFront } from "./http-front.ts";
import { SimulatedCloud } from "./simulated-cloud.ts";

const ROOT = { accessKeyId: "test", secretAccessKey: "test" };
const MORE_IMAGES = ["ami-0123456789abcdef0", "ami-12345678"];
const IMAGES = join(import.meta.dirname, "..", "..", "images");

let cloud: SimulatedCloud;
let front: HttpFront;
let ec2: EC2Client;
let imageId: string;

beforeAll(async () => {
  cloud = await SimulatedCloud.open({
    imagesFolder: IMAGES,
    moreImageIds: MORE_IMAGES,
    root: ROOT,
    requestLimits: true,
  });
  front = await HttpFront.open({
    port: 0,
    handle: (request) => cloud.handle(request),
    about: "about\n",
    reset: () => cloud.reset(),
  });
  ec2 = client();
  const { Images = [] } = await ec2.send(new DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["tiny"] }] }));
  imageId = Images[0]?.ImageId ?? "";
});

afterAll(async () => {
  ec2.destroy();
  await front.close();
  await cloud.close();
});

/** The SDK as people have it: its own HTTP client in Node. */
function client({ region = "us-east-1", secretAccessKey = "test", host = "127.0.0.1" } = {}): EC2Client {
  const credentials = { accessKeyId: "test", secretAccessKey };
  return new EC2Client({ region, credentials, endpoint: `http://${host}:${front.port}`, maxAttempts: 1 });
}

const launch = (count = 1) => new RunInstancesCommand({ ImageId: imageId, MinCount: count, MaxCount: count });

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function send({
  method = "GET",
  path = "/",
  headers = {},
  body,
}: Sent): Promise<IncomingMessage & { body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port: front.port, method, path, headers }, resolve);
    request.on("error", reject).end(body);
  });
  return Object.assign(response, { body: await text(response) });
}

/** What comes back for bytes that need not be HTTP, until the server closes the connection. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(front.port, "127.0.0.1");
  socket.write(bytes);
  return await text(socket);
}

describe("EC2 over HTTP", () => {
  it("F80: a launch is pending when it is answered, and runs by itself", async () => {
    const { Instances = [] } = await ec2.send(launch());
    expect(Instances).toMatchObject([{ State: { Name: "pending" } }]);
    const waited = await waitUntilInstanceRunning(
      { client: ec2, maxWaitTime: 20, minDelay: 1, maxDelay: 1 },
      { InstanceIds: [Instances[0]?.InstanceId ?? ""] },
    );
    expect(waited.state).toBe("SUCCESS");
  });

  it("F61: verifies signatures, over the host by which it was called", async () => {
    for (const host of ["127.0.0.1", "localhost"]) {
      const called = client({ host });
      expect((await called.send(new DescribeRegionsCommand({}))).Regions).toHaveLength(17);
      called.destroy();
    }
    const stranger = client({ secretAccessKey: "wrong" });
    await expect(stranger.send(new DescribeRegionsCommand({}))).rejects.toMatchObject({
      name: "AuthFailure",
      $metadata: { httpStatusCode: 401 },
    });
    expect(await send({ method: "POST", body: "Action=DescribeRegions&Version=2016-11-15" })).toMatchObject({
      statusCode: 403,
      body: expect.stringContaining("<Code>MissingAuthenticationToken</Code>"),
    });
  });

  it("F79: every region that EC2 has works, and no other", async () => {
    const far = client({ region: "eu-central-1" });
    expect((await far.send(new DescribeInstancesCommand({}))).Reservations).toEqual([]);
    const lost = client({ region: "mars-1" });
    await expect(lost.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: "AuthFailure" });
  });

  it("F27: has more public images by the ids that it was given", async () => {
    const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: MORE_IMAGES }));
    expect(Images.map(({ ImageId, Public }) => [ImageId, Public]).sort()).toEqual(MORE_IMAGES.map((id) => [id, true]));
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({ ImageId: MORE_IMAGES[1], MinCount: 1, MaxCount: 1 }),
    );
    expect(Instances).toMatchObject([{ ImageId: MORE_IMAGES[1] }]);
  });

  it("serves many at once, and answers of megabytes", async () => {
    await cloud.reset();
    const { Instances = [] } = await ec2.send(launch(30));
    const resources = Instances.map(({ InstanceId }) => InstanceId ?? "");
    const Tags = Array.from({ length: 45 }, (_, i) => ({ Key: `key-${i}`, Value: "é".repeat(250) }));
    await ec2.send(new CreateTagsCommand({ Resources: resources, Tags }));
    const clients = Array.from({ length: 4 }, () => client());
    const all = await Promise.all(clients.map((one) => one.send(new DescribeInstancesCommand({}))));
    for (const { Reservations = [] } of all) {
      expect(Reservations.flatMap((reservation) => reservation.Instances ?? [])).toHaveLength(30);
      expect(Reservations[0]?.Instances?.[0]?.Tags).toContainEqual({ Key: "key-7", Value: "é".repeat(250) });
    }
    for (const one of clients) one.destroy();
  }, 60_000);

  it("is empty after a reset, which waits for what is under way", async () => {
    const made = Array.from({ length: 20 }, () =>
      ec2.send(new CreateVolumeCommand({ AvailabilityZone: "us-east-1a", Size: 1 })),
    );
    const before = await Promise.all([...made.slice(0, 10), ec2.send(launch())]);
    expect(before).toHaveLength(11);
    await Promise.all(made);
    const { statusCode } = await send({ method: "POST", path: "/_tabvisor/reset" });
    expect(statusCode).toBe(200);
    expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
    expect((await ec2.send(new DescribeInstancesCommand({}))).Reservations).toEqual([]);
    expect((await ec2.send(launch())).Instances).toHaveLength(1);
    expect(await send({ path: "/_tabvisor/reset" })).toMatchObject({ statusCode: 405 });
  });

  it("says what it is to a person, and what is not there", async () => {
    expect(await send({})).toMatchObject({ statusCode: 200, body: "about\n" });
    expect(await send({ method: "HEAD" })).toMatchObject({ statusCode: 200, body: "" });
    expect(await send({ path: "/latest/meta-data" })).toMatchObject({
      statusCode: 404,
      body: expect.stringContaining("Endpoint.NotFound"),
    });
    expect(await send({ method: "DELETE" })).toMatchObject({ statusCode: 403 });
  });
});

describe("requests that a web page has a browser send", () => {
  it.each<[string, Record<string, string>, string]>([
    ["a name that was made to mean this machine", { host: "evil.example" }, "Endpoint.ForeignHost"],
    ["such a name with our port", { host: "evil.example:PORT" }, "Endpoint.ForeignHost"],
    ["a name that begins like ours", { host: "localhost.evil.example:PORT" }, "Endpoint.ForeignHost"],
    ["our name with another port", { host: "localhost:1" }, "Endpoint.ForeignHost"],
    ["no port", { host: "localhost" }, "Endpoint.ForeignHost"],
    ["a user before our name", { host: "evil@localhost:PORT" }, "Endpoint.ForeignHost"],
    ["another site's page", { origin: "http://evil.example" }, "Endpoint.ForeignOrigin"],
    ["a page without an origin", { origin: "null" }, "Endpoint.ForeignOrigin"],
    ["a page of another port here", { origin: "http://localhost:1" }, "Endpoint.ForeignOrigin"],
    ["our name over https", { origin: "https://localhost:PORT" }, "Endpoint.ForeignOrigin"],
    ["an image in another site's page", { "sec-fetch-site": "cross-site" }, "Endpoint.ForeignOrigin"],
  ])("%s is refused", async (_, given, code) => {
    const port = String(front.port);
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value.replace("PORT", port)]),
    );
    for (const path of ["/", "/_tabvisor/reset"]) {
      const answer = await send({ method: "POST", path, headers });
      expect(answer).toMatchObject({ statusCode: 403, body: expect.stringContaining(`<Code>${code}</Code>`) });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it("our own names are not, in any case of letters", async () => {
    for (const host of ["LOCALHOST", "127.0.0.1", "[::1]"]) {
      const headers = { host: `${host}:${front.port}`, origin: `http://${host}:${front.port}` };
      expect(await send({ headers })).toMatchObject({ statusCode: 200 });
    }
  });

  it("a host that is there twice, not at all, or in the request line is refused", async () => {
    const own = `Host: localhost:${front.port}\r\n`;
    const end = "Connection: close\r\n\r\n";
    expect(await sendRaw(`GET / HTTP/1.1\r\n${own}Host: evil.example\r\n${end}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await sendRaw(`GET / HTTP/1.1\r\nHost: evil.example\r\n${own}${end}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await sendRaw(`GET / HTTP/1.0\r\n${end}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await sendRaw(`GET / HTTP/1.1\r\n${end}`)).toMatch(/^HTTP\/1.1 403 /);
    expect(await sendRaw(`GET http://evil.example/ HTTP/1.1\r\n${own}${end}`)).toMatch(/^HTTP\/1.1 400 /);
  });
});

describe("what is not a request", () => {
  const head = () => `POST / HTTP/1.1\r\nHost: localhost:${front.port}\r\n`;

  it.each<[string, () => string, RegExp]>([
    ["nonsense", () => "nonsense\r\n\r\n", /^HTTP\/1.1 400 /],
    ["nonsense behind a request", () => `${head()}Content-Length: 0\r\n\r\nnonsense\r\n\r\n`, /^HTTP\/1.1 400 /],
    ["headers without end", () => `${head()}${"X-Header: 0123456789\r\n".repeat(2_000)}`, /^HTTP\/1.1 431 /],
    ["two lengths", () => `${head()}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, /^HTTP\/1.1 400 /],
    [
      "a length and chunks",
      () => `${head()}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      /^HTTP\/1.1 400 /,
    ],
    ["a chunk that is none", () => `${head()}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1.1 400 /],
  ])("%s is refused, and the next one served", async (_, bytes, expected) => {
    expect(await sendRaw(bytes())).toMatch(expected);
    expect(await send({})).toMatchObject({ statusCode: 200 });
  });

  it("a body beyond the limit is read to its end, then refused", async () => {
    const body = "x".repeat(10 * 2 ** 20);
    const whole = await send({ method: "POST", body, headers: { "content-length": String(body.length) } });
    expect(whole).toMatchObject({
      statusCode: 413,
      body: expect.stringContaining("<Code>RequestEntityTooLarge</Code>"),
    });
    const chunked = await send({ method: "POST", body, headers: { "transfer-encoding": "chunked" } });
    expect(chunked).toMatchObject({ statusCode: 413 });
  });

  it("one that claims to be endless is refused at once", async () => {
    expect(await sendRaw(`${head()}Content-Length: 1000000000000\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 413 [\s\S]*connection: close/i,
    );
  });
});

describe("the server", () => {
  it("says that a port is in use", async () => {
    await expect(
      HttpFront.open({ port: front.port, handle: (request) => cloud.handle(request), about: "" }),
    ).rejects.toMatchObject({ code: "Endpoint.PortInUse" });
  });

  it("answers what is under way when it ends, and nothing after that", async () => {
    let answer = () => {};
    const asked = new Promise<void>((begun) => {
      answer = begun;
    });
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const other = await HttpFront.open({
      port: 0,
      about: "",
      handle: async () => {
        answer();
        await held;
        throw new CloudError("Unavailable", "The browser has ended.");
      },
    });
    const response = fetch(`${other.url}/?Action=DescribeRegions`);
    await asked;
    const closed = other.close();
    release();
    expect((await response).status).toBe(503);
    await closed;
    await expect(fetch(other.url)).rejects.toThrow();
  });
});
