import { type CommandContext, runCommand } from "./command.ts";
import { runEc2Endpoint } from "./ec2-endpoint.ts";
import { runServe, type ServeContext } from "./serve.ts";

/** `npm run ec2-endpoint`; gives the exit code. */
export const ec2Endpoint = (args: readonly string[], context: CommandContext): Promise<number> =>
  runCommand(() => runEc2Endpoint(args, context));

/** `npm run serve`; gives the exit code. */
export const serve = (args: readonly string[], context: ServeContext): Promise<number> =>
  runCommand(() => runServe(args, context));
