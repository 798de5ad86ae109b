import { systemClock } from "../base/clock.ts";
import { systemRandom } from "../base/random.ts";
import type { CloudOptions } from "../cloud/cloud-options.ts";
import type { WholeCloud } from "./action.ts";
import type { Ec2Endpoint } from "./endpoint.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";
import { Ec2RequestHandler } from "./request-handler.ts";

type Handle = (request: unknown) => Promise<unknown>;
type PageEndpointOptions = Pick<CloudOptions, "requestLimits">;

/** The request handler of a page's cloud. `handle` has the endpoint answer, in this tab or in the one that runs the cloud. */
export function pageRequestHandler(handle: Handle): Ec2RequestHandler {
  // Both ends are of one build.
  return new Ec2RequestHandler(async (request) => (await handle(request)) as HttpResponse);
}

/** The endpoint of a cloud that this page runs. It is loaded with the first request: a page that has none is no larger for it. */
export function pageEndpoint(cloud: WholeCloud, options: PageEndpointOptions = {}): Handle {
  let endpoint: Promise<Ec2Endpoint> | undefined;
  return async (request) => {
    if (endpoint === undefined) {
      endpoint = open(cloud, options);
      // A failure to load is not remembered: the next request tries again.
      endpoint.catch(() => {
        endpoint = undefined;
      });
    }
    return await (await endpoint).handle(request as HttpRequest);
  };
}

async function open(cloud: WholeCloud, { requestLimits }: PageEndpointOptions): Promise<Ec2Endpoint> {
  const { Ec2Endpoint } = await import("./endpoint.ts");
  return new Ec2Endpoint({ cloud, clock: systemClock, random: systemRandom, throttling: requestLimits });
}
