import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import { pageEndpoint, pageRequestHandler } from "./page-handler.ts";

describe("a page's request handler", () => {
  it("has whatever runs the cloud at the time answer", async () => {
    const lab = new CloudLab();
    lab.silentBrowser = true;
    let handle = pageEndpoint(await lab.open());
    const ec2 = new EC2Client({
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: pageRequestHandler((request) => handle(request)),
    });
    const describeAll = () => ec2.send(new DescribeInstancesCommand({}));
    expect((await describeAll()).Reservations).toEqual([]);
    const next = await lab.open();
    await next.instances.launch({ image: "tiny" });
    handle = pageEndpoint(next);
    expect((await describeAll()).Reservations).toHaveLength(1);
  });
});
