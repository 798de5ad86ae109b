import { systemClock } from "../base/clock.ts";
import { CloudError } from "../base/errors.ts";
import { systemRandom } from "../base/random.ts";
import type { Ec2Cloud } from "./action.ts";
import type { Ec2Endpoint } from "./endpoint.ts";
import { Ec2RequestHandler } from "./request-handler.ts";
import type { Credentials } from "./signature/verify.ts";

/** The account that a page's cloud begins with, and its root user's access key. */
const ROOT: Credentials = { accessKeyId: "test", secretAccessKey: "test", accountId: "123456789012" };

/**
 * The request handler of a page's cloud. `cloud` gives what this page runs itself, undefined while another tab does. The
 * endpoint is loaded with the first request: a page that makes none is no larger for it.
 */
export function pageRequestHandler(cloud: () => Ec2Cloud | undefined): Ec2RequestHandler {
  const endpoints = new WeakMap<Ec2Cloud, Promise<Ec2Endpoint>>();
  return new Ec2RequestHandler(async (request) => {
    const own = cloud();
    if (own === undefined) {
      const text =
        "Another tab runs this cloud: the AWS SDK works in that tab only, for now. Use this page's own API here.";
      throw new CloudError("Cloud.NotOwner", text);
    }
    let endpoint = endpoints.get(own);
    if (endpoint === undefined) {
      endpoint = open(own);
      endpoints.set(own, endpoint);
      // A failure to load is not remembered: the next request tries again.
      endpoint.catch(() => endpoints.delete(own));
    }
    return await (await endpoint).handle(request);
  });
}

async function open(cloud: Ec2Cloud): Promise<Ec2Endpoint> {
  const { Ec2Endpoint } = await import("./endpoint.ts");
  const credentials = (id: string) => (id === ROOT.accessKeyId ? ROOT : undefined);
  return new Ec2Endpoint({ cloud, credentials, clock: systemClock, random: systemRandom });
}
