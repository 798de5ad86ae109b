import { EC2Client } from "@aws-sdk/client-ec2";
import { systemClock } from "../../src/base/clock.ts";
import { seededRandom } from "../../src/base/random.ts";
import type { CloudResources } from "../../src/cloud/assembly.ts";
import { Ec2Endpoint } from "../../src/ec2/endpoint.ts";
import { Ec2RequestHandler } from "../../src/ec2/request-handler.ts";
import { CloudLab } from "./cloud-lab.ts";

export const ACCOUNT = "123456789012";
export const OTHER_ACCOUNT = "210987654321";

/** The real EC2Client before a cloud whose machines are simulated. */
export class Ec2Lab {
  readonly lab = new CloudLab();
  #endpoint: Ec2Endpoint | undefined;
  #cloud: CloudResources | undefined;

  constructor() {
    this.lab.silentBrowser = true;
  }

  get cloud(): CloudResources {
    if (this.#cloud === undefined) throw new Error("the lab is not open");
    return this.#cloud;
  }

  get endpoint(): Ec2Endpoint {
    if (this.#endpoint === undefined) throw new Error("the lab is not open");
    return this.#endpoint;
  }

  /** Opens the cloud as a page does; opening it again is a reload. The SDK signs with the time that it really is. */
  async open(): Promise<EC2Client> {
    this.#cloud = await this.lab.open();
    this.#endpoint = new Ec2Endpoint({
      cloud: this.#cloud,
      clock: systemClock,
      random: seededRandom(1),
      // Tests ask more of it in a second than anybody does.
      throttling: false,
    });
    return this.client();
  }

  /** Makes a second account, and gives its root user's client. */
  async otherAccount({ region = "us-east-1" } = {}): Promise<EC2Client> {
    const { accounts, accessKeys } = this.cloud.access.directory;
    await accounts.ensure(OTHER_ACCOUNT, "other");
    await accessKeys.provide({ accountId: OTHER_ACCOUNT }, "other", "other");
    return this.client({ region, accessKeyId: "other", secretAccessKey: "other" });
  }

  client({ region = "us-east-1", secretAccessKey = "test", accessKeyId = "test" } = {}): EC2Client {
    return new EC2Client({
      region,
      credentials: { accessKeyId, secretAccessKey },
      maxAttempts: 1,
      requestHandler: new Ec2RequestHandler((request) => this.endpoint.handle(request)),
    });
  }
}

/** What most tests begin with: a lab that is open, the client of its root user, and the id of the image "tiny". */
export async function openLab(): Promise<{ lab: Ec2Lab; ec2: EC2Client; imageId: string }> {
  const lab = new Ec2Lab();
  const ec2 = await lab.open();
  return { lab, ec2, imageId: (await lab.cloud.images.get("tiny")).id };
}
