import {
  type _InstanceType,
  CreateTagsCommand,
  DescribeInstancesCommand,
  EC2Client,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { assemble } from "../../src/cloud/assembly.ts";
import { Ec2Endpoint } from "../../src/ec2/endpoint.ts";
import type { HttpRequest, HttpResponse } from "../../src/ec2/http.ts";
import { Ec2RequestHandler } from "../../src/ec2/request-handler.ts";
import { SimulatedBlockStore } from "../../src/simulation/simulated-block-store.ts";
import { SimulatedMachines } from "../../src/simulation/simulated-machine.ts";
import { MemoryDisk } from "../../src/store/memory-store.ts";
import { recordStore } from "../../src/store/records.ts";

/** The SDK knows EC2's types only. */
const NANO = "v1.nano" as _InstanceType;

/** What the user who calls may do: policies have to be looked at, which a root user is spared. */
const POLICY = JSON.stringify({
  Version: "2012-10-17",
  Statement: [
    { Effect: "Allow", Action: ["ec2:Describe*", "ec2:RunInstances", "ec2:CreateTags"], Resource: "*" },
    {
      Effect: "Deny",
      Action: "ec2:TerminateInstances",
      Resource: "*",
      Condition: { Null: { "aws:username": "true" } },
    },
  ],
});

export interface GateFigures {
  /** Through the gate: verify, read, policy, act, write. */
  readonly gatePerSecond: number;
  /** The SDK's client with an answer that is there already: what signing and reading the answer cost. */
  readonly clientPerSecond: number;
  /** Both together. */
  readonly callsPerSecond: number;
  /** By the gate, without the client. */
  readonly longestBlockMs: number;
}

/** DescribeInstances with so many instances, by the real SDK, through everything but the machines: those are simulated. */
export async function measure(instances: number, imagesUrl: string, ms: number): Promise<GateFigures> {
  const machines = new SimulatedMachines();
  const blocks = new SimulatedBlockStore();
  machines.blockStore = blocks;
  const cloud = assemble({
    database: "bench",
    records: recordStore(await new MemoryDisk().open("bench")),
    machines,
    volumeClient: async () => blocks.client,
    imagesUrl,
    limits: { maxInstances: 10_000, maxMemoryMiB: Number.MAX_SAFE_INTEGER },
    clock: systemClock,
    random: systemRandom,
  });
  await cloud.load();
  const endpoint = new Ec2Endpoint({ cloud, clock: systemClock, random: systemRandom, throttling: false });
  let last: { readonly request: HttpRequest; readonly response: HttpResponse } | undefined;
  const handle = async (request: HttpRequest) => {
    const response = await endpoint.handle(request);
    last = { request, response };
    return response;
  };
  const root = clientOf(handle, { accessKeyId: "test", secretAccessKey: "test" });
  const { access } = cloud;
  const accountId = "123456789012";
  await access.directory.users.create({ accountId, userName: "ann" });
  await access.directory.users.putPolicy(accountId, "ann", "bench", POLICY);
  const { accessKeyId, secretAccessKey } = await access.directory.accessKeys.create({ accountId, userName: "ann" });
  const [image] = (await cloud.images.list()).filter(({ name }) => name === "tiny");
  if (image === undefined) throw new Error("there is no image");
  const { Instances = [] } = await root.send(
    new RunInstancesCommand({ ImageId: image.id, MinCount: instances, MaxCount: instances, InstanceType: NANO }),
  );
  const Tags = [{ Key: "stage", Value: "bench" }];
  await root.send(new CreateTagsCommand({ Resources: Instances.map(({ InstanceId = "" }) => InstanceId), Tags }));

  const ann = clientOf(handle, { accessKeyId, secretAccessKey });
  const call = (client: EC2Client) => client.send(new DescribeInstancesCommand({}));
  await call(ann);
  if (last === undefined) throw new Error("nothing was answered");
  const { request, response } = last;
  const gate = new Ec2RequestHandler((again) => endpoint.handle(again));
  const block = watchBlocks();
  const gatePerSecond = await rate(() => gate.handle(request), ms);
  const longestBlockMs = block.end();
  const alone = clientOf(async () => response, { accessKeyId, secretAccessKey });
  const clientPerSecond = await rate(() => call(alone), ms);
  const callsPerSecond = await rate(() => call(ann), ms);
  cloud.dispose();
  return { gatePerSecond, clientPerSecond, callsPerSecond, longestBlockMs };
}

function clientOf(
  handle: (request: HttpRequest) => Promise<HttpResponse>,
  credentials: { accessKeyId: string; secretAccessKey: string },
): EC2Client {
  return new EC2Client({ region: "us-east-1", credentials, requestHandler: new Ec2RequestHandler(handle) });
}

async function rate(call: () => Promise<unknown>, ms: number): Promise<number> {
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < ms) {
    await call();
    calls++;
  }
  return (calls * 1000) / (performance.now() - began);
}

/** The longest time for which nothing else could run in the page. */
function watchBlocks(): { end(): number } {
  const { port1, port2 } = new MessageChannel();
  let last = performance.now();
  let longest = 0;
  port1.onmessage = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    port2.postMessage(null);
  };
  port2.postMessage(null);
  return {
    end() {
      port1.close();
      return Math.max(longest, performance.now() - last);
    },
  };
}
