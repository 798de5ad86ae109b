import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { systemClock } from "../../base/clock.ts";
import { seededRandom } from "../../base/random.ts";
import { Ec2Endpoint } from "../endpoint.ts";
import type { HttpRequest } from "../http.ts";
import { canonicalRequest } from "./canonical.ts";
import { signatureOf, signingKey } from "./sign.ts";

let lab: Ec2Lab;
let endpoint: Ec2Endpoint;
let clock: FakeClock;

beforeEach(async () => {
  lab = new Ec2Lab();
  await lab.open();
  clock = new FakeClock(systemClock.now());
  endpoint = new Ec2Endpoint({ cloud: lab.cloud, clock, random: seededRandom(1) });
});

const HOST = "127.0.0.1:4566";
const ASKED = { Action: "DescribeRegions", Version: "2016-11-15" };
const WHO = { Action: "GetCallerIdentity", Version: "2011-06-15" };

type Query = Record<string, string>;

interface Signing {
  readonly method?: string;
  /** In the query. */
  readonly asked?: Query;
  readonly body?: string;
  readonly service?: string;
  readonly secret?: string;
  readonly expires?: string;
  readonly headers?: Query;
  /** Epoch ms. */
  readonly at?: number;
}

/** A request whose query is signed ("Create a signed AWS API request", IAM User Guide). */
async function presign({
  method = "GET",
  asked = ASKED,
  body = "",
  service = "ec2",
  secret = "test",
  expires = "60",
  headers = {},
  at = clock.now(),
}: Signing = {}): Promise<HttpRequest & { query: Query }> {
  const time = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = { date: time.slice(0, 8), region: "us-east-1", service };
  const names = ["host", ...Object.keys(headers)].sort();
  const query = {
    ...asked,
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": `test/${scope.date}/us-east-1/${service}/aws4_request`,
    "X-Amz-Date": time,
    "X-Amz-Expires": expires,
    "X-Amz-SignedHeaders": names.join(";"),
  };
  const request = { method, path: "/", query, headers: { host: HOST, ...headers }, body };
  const key = await signingKey(secret, scope);
  const signature = await signatureOf(await canonicalRequest(request, names), key, scope, time);
  return { ...request, query: { ...query, "X-Amz-Signature": signature } };
}

async function answer(request: HttpRequest): Promise<{ status: number; xml: string; code: string | undefined }> {
  const { status, body } = await endpoint.handle(request);
  const xml = new TextDecoder().decode(body);
  return { status, xml, code: /<Code>(\w+)<\/Code>/.exec(xml)?.[1] };
}

const form = (asked: Query) => new URLSearchParams(asked).toString();

describe("F61 presigned requests", () => {
  it("AWS's published example of a signature in the query: ListUsers of IAM", async () => {
    const query = {
      Action: "ListUsers",
      Version: "2010-05-08",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request",
      "X-Amz-Date": "20150830T123600Z",
      "X-Amz-Expires": "60",
      "X-Amz-SignedHeaders": "content-type;host",
    };
    const headers = {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      host: "iam.amazonaws.com",
    };
    const request = { method: "GET", path: "/", query, headers, body: "" };
    const scope = { date: "20150830", region: "us-east-1", service: "iam" };
    const key = await signingKey("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", scope);
    const canonical = await canonicalRequest(request, ["content-type", "host"]);
    expect(await signatureOf(canonical, key, scope, "20150830T123600Z")).toBe(
      "37ac2f4fde00b0ac9bd9eadeb459b1bbee224158d66e7ae5fcadb70b2d181d02",
    );
  });

  it.each<[string, Signing]>([
    ["a GET", {}],
    ["a POST with the parameters in its query, as botocore makes it", { method: "POST" }],
    ["a POST with the parameters in its body", { method: "POST", asked: {}, body: form(ASKED) }],
    ["a header of AWS's that is signed as well", { headers: { "x-amz-user-agent": "test" } }],
    ["the longest time", { expires: "604800" }],
  ])("%s is answered", async (_, signing) => {
    const { status, xml } = await answer(await presign(signing));
    expect(xml).toContain("<DescribeRegionsResponse");
    expect(status).toBe(200);
  });

  it("is answered as often as it comes, until it expires", async () => {
    const request = await presign({ expires: "3600" });
    await clock.advance(3_599_000);
    expect((await answer(request)).status).toBe(200);
    expect((await answer(request)).status).toBe(200);
    await clock.advance(2000);
    expect(await answer(request)).toMatchObject({ status: 400, code: "RequestExpired" });
  });

  it("is not good before its time", async () => {
    const request = await presign({ at: clock.now() + 600_000, expires: "3600" });
    expect(await answer(request)).toMatchObject({ code: "RequestExpired" });
    await clock.advance(600_000);
    expect((await answer(request)).status).toBe(200);
  });

  it.each<[string, Signing]>([
    ["no time", { expires: "0" }],
    ["more than seven days", { expires: "604801" }],
    ["a time that is none", { expires: "1e3" }],
  ])("%s is IncompleteSignature", async (_, signing) => {
    expect(await answer(await presign(signing))).toMatchObject({ status: 400, code: "IncompleteSignature" });
  });

  it.each(["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"])(
    "without %s it is IncompleteSignature",
    async (name) => {
      const { query, ...request } = await presign();
      const { [name]: _, ...rest } = query;
      expect(await answer({ ...request, query: rest })).toMatchObject({ code: "IncompleteSignature" });
    },
  );

  it.each<[string, (request: HttpRequest & { query: Query }) => HttpRequest]>([
    ["a parameter", (request) => ({ ...request, query: { ...request.query, Action: "DescribeInstances" } })],
    ["a parameter more", (request) => ({ ...request, query: { ...request.query, AllRegions: "true" } })],
    ["a longer time", (request) => ({ ...request, query: { ...request.query, "X-Amz-Expires": "61" } })],
    ["a body", (request) => ({ ...request, body: "AllRegions=true" })],
    ["the method", (request) => ({ ...request, method: "POST" })],
    ["the host", (request) => ({ ...request, headers: { host: "elsewhere.example" } })],
    ["a session", (request) => ({ ...request, query: { ...request.query, "X-Amz-Security-Token": "t" } })],
    ["the signature", (request) => ({ ...request, query: { ...request.query, "X-Amz-Signature": "0".repeat(64) } })],
  ])("a change of %s is AuthFailure", async (_, change) => {
    expect(await answer(change(await presign()))).toMatchObject({ status: 401, code: "AuthFailure" });
  });

  it("another secret is AuthFailure", async () => {
    expect(await answer(await presign({ secret: "wrong" }))).toMatchObject({ code: "AuthFailure" });
  });

  it("is refused where the header has a signature too, or one of AWS's headers is not signed", async () => {
    const request = await presign();
    const { headers } = request;
    for (const more of [{ authorization: "AWS4-HMAC-SHA256 Credential=test" }, { "x-amz-target": "x" }]) {
      expect(await answer({ ...request, headers: { ...headers, ...more } })).toMatchObject({
        code: "IncompleteSignature",
      });
    }
  });

  it("its parameters are in the audit log without what is about the signature", async () => {
    await answer(await presign());
    const [entry] = await lab.cloud.access.audit.list({}, 10);
    expect(entry).toMatchObject({ action: "ec2:DescribeRegions", accessKeyId: "test", errorCode: "" });
    expect(JSON.stringify(entry)).not.toContain("X-Amz");
  });

  it("STS's GetCallerIdentity can be presigned, as tools do to show who they are", async () => {
    const { status, xml } = await answer(await presign({ service: "sts", asked: WHO }));
    expect(xml).toContain("<Arn>arn:aws:iam::123456789012:root</Arn>");
    expect(status).toBe(200);
  });
});
