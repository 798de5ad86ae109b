import { join } from "node:path";
import { isId } from "../base/ids.ts";
import { announce, type CommandContext, print, untilInterrupted } from "./command.ts";
import { HttpFront } from "./http-front.ts";
import { COMMON_HELP, invalid, parseOptions } from "./options.ts";
import { SimulatedCloud } from "./simulated-cloud.ts";

const HELP = `npm run ec2-endpoint -- [--port N] [--images ami-…,ami-…] [--access-key K] [--secret S] [--no-request-limits]

Serves EC2's API on loopback with simulated machines: nothing boots, states settle at once, and everything is in memory.
For tests of tools and of the API. "npm run serve" is the same with real machines.

${COMMON_HELP}
  --images LIST         more public images, by their ids, with commas between them

It prints "listening on http://127.0.0.1:PORT". Then, for instance:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
  aws --endpoint-url http://127.0.0.1:PORT ec2 describe-images
  curl -X POST http://127.0.0.1:PORT/_tabvisor/reset     empties everything

Ctrl-C ends it.`;

const ABOUT = `tabvisor: EC2's API with simulated machines. Nothing boots here.
Point a tool at this address, e.g. aws --endpoint-url … ec2 describe-instances.
POST /_tabvisor/reset empties everything.
`;

function imageIdsOf(list: string | undefined): readonly string[] {
  const ids = list?.split(",") ?? [];
  const wrong = ids.find((id) => !isId("ami", id));
  if (wrong === undefined) return [...new Set(ids)];
  throw invalid(`--images must have ids such as ami-0123456789abcdef0 with commas between them, not "${wrong}".`);
}

/** `npm run ec2-endpoint`; gives the exit code. */
export async function runEc2Endpoint(args: readonly string[], { root }: CommandContext): Promise<number> {
  const options = parseOptions(args, ["images"]);
  if (options === undefined) {
    print(HELP);
    return 0;
  }
  const { port, accessKeyId, secretAccessKey, requestLimits } = options;
  const interrupted = untilInterrupted();
  const cloud = await SimulatedCloud.open({
    imagesFolder: join(root, "images"),
    moreImageIds: imageIdsOf(options.images),
    root: { accessKeyId, secretAccessKey },
    requestLimits,
  });
  const front = await HttpFront.open({
    port,
    handle: (request) => cloud.handle(request),
    about: ABOUT,
    reset: () => cloud.reset(),
  });
  print("simulated machines: nothing boots, and nothing is kept");
  announce(front);
  await interrupted;
  await front.close();
  await cloud.close();
  return 0;
}
