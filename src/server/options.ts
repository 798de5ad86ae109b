import { parseArgs } from "node:util";
import { CloudError } from "../base/errors.ts";

export interface ServerOptions {
  readonly port: number;
  /** The root user's. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Whether EC2's limits of requests are kept. */
  readonly requestLimits: boolean;
}

/** The options that every command has, as `parseArgs` wants them. */
const COMMON = {
  port: { type: "string", default: "0" },
  "access-key": { type: "string", default: "test" },
  secret: { type: "string", default: "test" },
  "no-request-limits": { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

/** How `--help` describes them. */
export const COMMON_HELP = `  --port N              port on 127.0.0.1; 0, the default, for any that is free
  --access-key K        access key id of the root user, default "test"
  --secret S            its secret access key, default "test"
  --no-request-limits   never answers RequestLimitExceeded, for tests that ask faster than EC2 lets anyone
  --help                this text`;

/**
 * Reads a command line. `extra` names further options that take a text. Undefined when help is asked for. Throws
 * `Endpoint.InvalidOption` for what is not an option, and for values that cannot be.
 */
export function parseOptions<Name extends string>(
  args: readonly string[],
  extra: readonly Name[],
): (ServerOptions & { readonly [K in Name]?: string }) | undefined {
  const named = Object.fromEntries(extra.map((name) => [name, { type: "string" as const }]));
  const values = parse(args, { ...COMMON, ...named });
  if (values.help === true) return undefined;
  const { port, "access-key": accessKeyId, secret: secretAccessKey } = values;
  const given = Object.fromEntries(
    extra.map((name) => [name, values[name]]).filter(([, value]) => value !== undefined),
  );
  return {
    ...(given as { [K in Name]?: string }),
    port: portOf(String(port)),
    accessKeyId: accessKeyOf(String(accessKeyId)),
    secretAccessKey: secretOf(String(secretAccessKey)),
    requestLimits: values["no-request-limits"] !== true,
  };
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(
  args: readonly string[],
  options: NonNullable<Parameters<typeof parseArgs>[0]>["options"] & object,
): Values {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values as Values;
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port;
  throw invalid(`--port must be a number from 0 to 65535, not "${text}".`);
}

/** What Signature Version 4's header can have; AWS's own have 16 to 128 characters. */
function accessKeyOf(text: string): string {
  if (/^\w{1,128}$/.test(text)) return text;
  throw invalid("--access-key must have 1 to 128 letters, digits or underscores.");
}

function secretOf(text: string): string {
  if (text.length > 0 && text.length <= 128) return text;
  throw invalid("--secret must have 1 to 128 characters.");
}

/** What a command line says wrong. */
export const invalid = (text: string, cause?: unknown) => new CloudError("Endpoint.InvalidOption", text, {}, cause);
