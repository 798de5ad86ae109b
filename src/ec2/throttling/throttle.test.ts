import { DescribeInstancesCommand, DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, it } from "vitest";
import { Ec2Lab } from "../../../test/support/ec2-lab.ts";
import { FakeClock } from "../../../test/support/fake-clock.ts";
import { systemClock } from "../../base/clock.ts";
import { CloudError } from "../../base/errors.ts";
import { seededRandom } from "../../base/random.ts";
import { DEFAULT_SCOPE } from "../../cloud/scope.ts";
import { ACTIONS } from "../actions/index.ts";
import { Ec2Endpoint } from "../endpoint.ts";
import { Ec2RequestHandler } from "../request-handler.ts";
import { costsOf } from "./limits.ts";
import { Throttle } from "./throttle.ts";

let clock: FakeClock;
let throttle: Throttle;

beforeEach(() => {
  clock = new FakeClock();
  throttle = new Throttle(clock);
});

/** How many of these requests go through now. */
function admitted(action: string, input: object = {}, scope = DEFAULT_SCOPE, most = 2000): number {
  for (let count = 0; count < most; count++) {
    try {
      throttle.admit(scope, action, input);
    } catch (error) {
      expect(error).toBeInstanceOf(CloudError);
      expect(error).toMatchObject({ code: "RequestLimitExceeded", message: "Request limit exceeded." });
      return count;
    }
  }
  return most;
}

describe("F71 EC2's token buckets", () => {
  it.each<[string, object, number, number]>([
    ["DescribeRegions", {}, 100, 20],
    ["DescribeInstances", { MaxResults: 5 }, 100, 20],
    ["DescribeInstances", {}, 50, 10],
    ["DescribeVolumes", { DryRun: false }, 50, 10],
    ["CreateKeyPair", { KeyName: "a" }, 50, 5],
    ["CreateTags", {}, 100, 10],
    ["RunInstances", { MinCount: 1, MaxCount: 1 }, 5, 2],
    ["StartInstances", { InstanceIds: ["i-1"] }, 5, 2],
    ["TerminateInstances", { InstanceIds: ["i-1"] }, 100, 5],
  ])("%s %j: %d at once, %d a second", async (action, input, capacity, perSecond) => {
    expect(admitted(action, input)).toBe(capacity);
    await clock.advance(1000);
    expect(admitted(action, input)).toBe(perSecond);
    await clock.advance(3_600_000);
    expect(admitted(action, input)).toBe(capacity);
  });

  it("has a token for each instance: 1000 launched at once, then two a second", async () => {
    const launch = (count: number) => throttle.admit(DEFAULT_SCOPE, "RunInstances", { MinCount: 1, MaxCount: count });
    launch(600);
    expect(() => launch(401)).toThrow("Request limit exceeded.");
    launch(400);
    expect(() => launch(1)).toThrow("Request limit exceeded.");
    await clock.advance(1000);
    launch(2);
  });

  it("has buckets for each account, region and action", () => {
    expect(admitted("DescribeImages")).toBe(100);
    expect(admitted("DescribeSnapshots", { MaxResults: 5 })).toBe(100);
    expect(admitted("DescribeImages", {}, { ...DEFAULT_SCOPE, region: "eu-west-1" })).toBe(100);
    expect(admitted("DescribeImages", {}, { ...DEFAULT_SCOPE, accountId: "111122223333" })).toBe(100);
    expect(admitted("DescribeImages")).toBe(0);
  });

  it("knows what every action costs", () => {
    for (const name of ACTIONS.keys()) {
      for (const { capacity, perSecond, tokens } of costsOf(name, {})) {
        expect(capacity, name).toBeGreaterThanOrEqual(1);
        expect(perSecond, name).toBeGreaterThan(0);
        expect(tokens, name).toBe(1);
      }
    }
  });
});

describe("F71 the endpoint", () => {
  /** A client of an endpoint with a clock of the test's; signatures are good while that shows the real time. */
  async function open(maxAttempts: number) {
    const lab = new Ec2Lab();
    await lab.open();
    const now = new FakeClock(systemClock.now());
    const endpoint = new Ec2Endpoint({ cloud: lab.cloud, clock: now, random: seededRandom(1) });
    let asked = 0;
    const requestHandler = new Ec2RequestHandler(async (request) => {
      asked++;
      const answer = await endpoint.handle(request);
      // The SDK waits in its own time; a second of it is one of the buckets' as well.
      if (answer.status === 503) now.advanceAtOnce(1000);
      return answer;
    });
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    const ec2 = new EC2Client({ region: "us-east-1", credentials, maxAttempts, requestHandler });
    return { lab, ec2, asked: () => asked };
  }
  const regions = new DescribeRegionsCommand({});
  const exhaust = async (ec2: EC2Client) => {
    for (let i = 0; i < 100; i++) await ec2.send(regions);
  };

  it("answers RequestLimitExceeded with 503, which is in the audit log; other actions go on", async () => {
    const { lab, ec2 } = await open(1);
    await exhaust(ec2);
    await expect(ec2.send(regions)).rejects.toMatchObject({
      name: "RequestLimitExceeded",
      message: "Request limit exceeded.",
      $metadata: { httpStatusCode: 503 },
    });
    await ec2.send(new DescribeInstancesCommand({}));
    const denied = (await lab.cloud.access.audit.list({}, 1000)).filter(({ errorCode }) => errorCode !== "");
    expect(denied).toHaveLength(1);
    expect(denied[0]).toMatchObject({ action: "ec2:DescribeRegions", errorCode: "RequestLimitExceeded" });
  });

  it("is waited for by the SDK, which asks again", async () => {
    const { ec2, asked } = await open(3);
    await exhaust(ec2);
    const before = asked();
    expect((await ec2.send(regions)).Regions).toHaveLength(17);
    expect(asked()).toBe(before + 2);
  });
});
