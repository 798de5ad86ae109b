import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { CloudError } from "../base/errors.ts";
import { BrowserCloud, type BrowserLaunch } from "./browser-cloud.ts";
import { announce, type CommandContext, print, printError, untilInterrupted } from "./command.ts";
import { HttpFront } from "./http-front.ts";
import { COMMON_HELP, parseOptions, type ServerOptions } from "./options.ts";

/** What the launcher, which knows the project's tools, has for the command. */
export interface ServeContext extends CommandContext {
  findBrowser(): BrowserLaunch;
  /** Builds the page when it must be, and serves it on a free port of 127.0.0.1. */
  servePage(): Promise<{ readonly port: number; close(): Promise<void> }>;
}

const HELP = `npm run serve -- [--port N] [--data DIR] [--access-key K] [--secret S] [--no-request-limits]

Runs tabvisor in a headless Chromium and serves its EC2 API on loopback: what aws-cli, boto3 or the SDKs launch here are real
machines, in that browser. "npm run ec2-endpoint" is the same with simulated machines.

${COMMON_HELP}
  --data DIR            folder of the browser's profile, with the machines' disks; .tabvisor in the project by default

It prints "listening on http://127.0.0.1:PORT". Then, for instance:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1
  aws --endpoint-url http://127.0.0.1:PORT ec2 describe-images
  aws --endpoint-url http://127.0.0.1:PORT ec2 run-instances --image-id ami-… --instance-type v1.micro

Ctrl-C stops the machines in order and ends; a second one ends at once, as a power cut does.`;

const ABOUT = `tabvisor: EC2's API before real machines in a browser of this server's.
Point a tool at this address, e.g. aws --endpoint-url … ec2 describe-instances.
`;

/** Each guest has 30 seconds before its power is cut (src/lifecycle); then its disks are flushed, and many share the processor. */
const STOP_MS = 180_000;

/** `npm run serve`; gives the exit code. */
export async function runServe(args: readonly string[], context: ServeContext): Promise<number> {
  const options = parseOptions(args, ["data"]);
  if (options === undefined) {
    print(HELP);
    return 0;
  }
  const interrupted = untilInterrupted();
  const profile = resolve(options.data ?? join(context.root, ".tabvisor"));
  // The disks are nobody else's to read.
  await mkdir(profile, { recursive: true, mode: 0o700 });
  // Before the browser starts: a port that is in use is told at once.
  let handle: BrowserCloud["handle"] | undefined;
  const front = await HttpFront.open({
    port: options.port,
    handle: async (request) => {
      if (handle === undefined) throw new CloudError("Unavailable", "The browser is still starting. Try again.");
      return await handle(request);
    },
    about: ABOUT,
  });
  try {
    const started = await Promise.race([start(options, profile, context), interrupted]);
    // What of it has begun ends with the process.
    if (started === undefined) return 0;
    const { cloud, page } = started;
    handle = (request) => cloud.handle(request);
    print(`real machines, in a headless browser; their disks are in ${profile}`);
    announce(front);
    const failure = await Promise.race([interrupted, cloud.gone]);
    if (failure !== undefined) printError(`${failure.message} Start "npm run serve" again.`);
    else await stopAll(cloud, front);
    await cloud.close();
    await page.close();
    return failure === undefined ? 0 : 1;
  } finally {
    await front.close();
  }
}

async function start(
  { accessKeyId, secretAccessKey, requestLimits }: ServerOptions,
  profile: string,
  context: ServeContext,
) {
  const page = await context.servePage();
  const cloud = await BrowserCloud.start({
    browser: context.findBrowser(),
    profile,
    pagePort: page.port,
    root: { accessKeyId, secretAccessKey },
    requestLimits,
  });
  return { cloud, page };
}

/** Nothing new begins; every machine is told to shut down, whosever it is. */
async function stopAll(cloud: BrowserCloud, front: HttpFront): Promise<void> {
  front.refuse(new CloudError("Unavailable", "The endpoint is shutting down."));
  const all = cloud.stopAll(({ id, state, error }) => {
    if (state === "stopping") print(`stopping ${id} (Ctrl-C again cuts its power)`);
    else if (state === "stopped") print(`${id} has stopped`);
    else printError(`${id} could not be stopped in order: ${error}`);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((give) => {
    timer = setTimeout(() => {
      printError("Some machines do not stop: their power is cut.");
      give();
    }, STOP_MS);
  });
  await Promise.race([all, late]);
  clearTimeout(timer);
}
