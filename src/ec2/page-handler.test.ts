import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { describe, expect, it } from "vitest";
import { CloudLab } from "../../test/support/cloud-lab.ts";
import type { Ec2Cloud } from "./action.ts";
import { pageRequestHandler } from "./page-handler.ts";

describe("a page's request handler", () => {
  it("works on what this page runs, from when it runs it", async () => {
    let own: Ec2Cloud | undefined;
    const ec2 = new EC2Client({
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      maxAttempts: 1,
      requestHandler: pageRequestHandler(() => own),
    });
    const describeAll = () => ec2.send(new DescribeInstancesCommand({}));
    await expect(describeAll()).rejects.toMatchObject({ code: "Cloud.NotOwner" });
    const lab = new CloudLab();
    lab.silentBrowser = true;
    own = await lab.open();
    expect((await describeAll()).Reservations).toEqual([]);
    await lab.open().then(async (next) => {
      await next.instances.launch({ image: "tiny" });
      own = next;
    });
    expect((await describeAll()).Reservations).toHaveLength(1);
  });
});
