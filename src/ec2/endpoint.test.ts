import * as sdk from "@aws-sdk/client-ec2";
import {
  DescribeFleetsCommand,
  DescribeInstancesCommand,
  DescribeRegionsCommand,
  type EC2Client,
  EC2ServiceException,
} from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../test/support/ec2-lab.ts";
import { settle } from "../../test/support/fake-clock.ts";
import { hearUncaught } from "../../test/support/uncaught.ts";
import { DEFAULT_SCOPE, viewOf } from "../cloud/scope.ts";
import { ACTIONS } from "./actions/index.ts";
import type { HttpRequest } from "./http.ts";
import { OPERATION_NAMES } from "./operation-names.ts";
import type { SdkRequest } from "./request-handler.ts";

let lab: Ec2Lab;
let ec2: EC2Client;

beforeEach(async () => {
  lab = new Ec2Lab();
  ec2 = await lab.open();
});

const regions = new DescribeRegionsCommand({});

/** Sends a command, with its request changed on the way: the signature is that of the request before. */
async function tampered(change: (request: HttpRequest) => Partial<HttpRequest>, client = ec2) {
  const handler = client.config.requestHandler as unknown as { handle(request: SdkRequest): Promise<unknown> };
  const send = handler.handle.bind(handler);
  handler.handle = async (request) => await send({ ...request, ...change(request as HttpRequest) });
  return await client.send(regions);
}

const withBody = (change: (form: URLSearchParams) => void) => async () => {
  // Signed anew: what is in the body is the caller's own business.
  const client = lab.client();
  client.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as { body: string };
      const form = new URLSearchParams(request.body);
      change(form);
      request.body = form.toString();
      return await next(args);
    },
    { step: "build", name: "change the body" },
  );
  return await client.send(regions);
};

describe("the endpoint", () => {
  it("F78 gives each answer a request id, and the time", async () => {
    const { $metadata: metadata } = await ec2.send(regions);
    expect(metadata.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const error = await ec2.send(new DescribeFleetsCommand({})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EC2ServiceException);
    expect(error).toMatchObject({
      name: "UnsupportedOperation",
      message: "The action DescribeFleets is not supported.",
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
  });

  it.each<[string, (form: URLSearchParams) => void, string]>([
    ["F78 an action that EC2 does not have", (form) => form.set("Action", "MakeCoffee"), "InvalidAction"],
    ["an action of Object's", (form) => form.set("Action", "__proto__"), "InvalidAction"],
    ["no action", (form) => form.delete("Action"), "MissingParameter"],
    ["no version", (form) => form.delete("Version"), "MissingParameter"],
    ["another version", (form) => form.set("Version", "2006-06-26"), "NoSuchVersion"],
    ["F78 a parameter that there is not", (form) => form.set("Spam", "1"), "UnknownParameter"],
    ["a parameter twice", (form) => form.append("Action", "DescribeRegions"), "InvalidQueryParameter"],
    ["too much", (form) => form.set("Spam", "x".repeat(2 ** 20)), "RequestEntityTooLarge"],
  ])("refuses %s", async (_, change, name) => {
    await expect(withBody(change)()).rejects.toMatchObject({ name });
  });

  it("reports what goes wrong within it, and tells the caller nothing of it", async () => {
    const uncaught = hearUncaught();
    Object.defineProperty(lab.cloud.seenBy(viewOf(DEFAULT_SCOPE)).instances, "list", {
      value: () => {
        throw new TypeError("a bug");
      },
    });
    await expect(ec2.send(new DescribeInstancesCommand({}))).rejects.toMatchObject({
      name: "InternalError",
      message: "An internal error has occurred",
      $metadata: { httpStatusCode: 500 },
    });
    await settle();
    expect(uncaught).toMatchObject([{ message: "a bug" }]);
  });

  it("knows the names of all of the SDK's operations: make operation-names.ts anew where it does not", () => {
    const names = Object.values(sdk as Record<string, unknown>)
      .filter((value): value is unknown[] => Array.isArray(value) && value[0] === 9)
      .map(([, , name]) => name);
    expect([...OPERATION_NAMES].sort()).toEqual([...names].sort());
    expect([...ACTIONS.keys()].filter((name) => !OPERATION_NAMES.has(name))).toEqual([]);
  });
});

describe("F61 signatures", () => {
  it.each<[string, (request: HttpRequest) => Partial<HttpRequest>]>([
    ["the body", ({ body }) => ({ body: `${body}&AllRegions=true` })],
    ["the host", ({ headers }) => ({ headers: { ...headers, host: "elsewhere.example" } })],
    ["the query", () => ({ query: { Action: "TerminateInstances" } })],
    ["the method", () => ({ method: "GET" })],
    ["the path", () => ({ path: "/other" })],
    [
      "the signature",
      ({ headers }) => ({
        headers: { ...headers, authorization: headers.authorization?.replace(/.{4}$/, "0000") ?? "" },
      }),
    ],
  ])("a change of %s is AuthFailure", async (_, change) => {
    await expect(tampered(change)).rejects.toMatchObject({
      name: "AuthFailure",
      message: "AWS was not able to validate the provided access credentials",
      $metadata: { httpStatusCode: 401 },
    });
  });

  it.each([{ accessKeyId: "nobody" }, { secretAccessKey: "wrong" }, { region: "mars-1" }])(
    "%j is AuthFailure",
    async (options) => {
      await expect(lab.client(options).send(regions)).rejects.toMatchObject({ name: "AuthFailure" });
    },
  );

  it.each<[string, (headers: Record<string, string>) => Record<string, string | undefined>, string]>([
    ["no signature", () => ({ authorization: undefined }), "MissingAuthenticationToken"],
    ["a signature of another kind", () => ({ authorization: "Basic dGVzdDp0ZXN0" }), "IncompleteSignature"],
    ["a header of AWS's that is not signed", () => ({ "x-amz-target": "x" }), "IncompleteSignature"],
    [
      "a host that is not signed",
      ({ authorization = "" }) => ({ authorization: authorization.replace("host;", "") }),
      "IncompleteSignature",
    ],
    ["a date that is none", () => ({ "x-amz-date": "yesterday" }), "IncompleteSignature"],
  ])("%s is refused", async (_, change, name) => {
    const merge = ({ headers }: HttpRequest) => {
      const entries = Object.entries({ ...headers, ...change({ ...headers }) });
      return {
        headers: Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Record<string, string>,
      };
    };
    await expect(tampered(merge)).rejects.toMatchObject({ name });
  });

  it("a request of an hour ago is RequestExpired, and the SDK sets its clock right by the answer", async () => {
    const client = lab.client();
    client.config.systemClockOffset = -3_600_000;
    await expect(client.send(regions)).rejects.toMatchObject({ name: "RequestExpired" });
    expect((await client.send(regions)).Regions).toHaveLength(17);
  });
});

describe("the request handler", () => {
  it("gives up when it is aborted", async () => {
    const aborted = AbortSignal.abort();
    await expect(ec2.send(regions, { abortSignal: aborted })).rejects.toMatchObject({ name: "AbortError" });
    const controller = new AbortController();
    const sent = ec2.send(regions, { abortSignal: controller.signal });
    controller.abort();
    await expect(sent).rejects.toMatchObject({ name: "AbortError" });
  });

  it("serves other clients when one is destroyed", async () => {
    const other = lab.client();
    ec2.destroy();
    expect((await other.send(regions)).Regions).toHaveLength(17);
  });
});
