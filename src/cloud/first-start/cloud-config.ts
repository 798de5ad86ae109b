import { parseDocument } from "yaml";
import { readFiles } from "./config-files.ts";
import { readUsers } from "./config-users.ts";
import { type ConfigIssues, commandsOf, isMap, shown, stringsOf } from "./config-values.ts";
import type { CloudConfig } from "./plan.ts";

/** RFC 1123 §2.1; Linux has 64 bytes for it. */
const HOST_NAME = /^(?!.{64})[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;
const DOMAIN_NAME = /^(?!.{254})[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/** What is taken, and ignored with a reason. */
const IGNORED: Readonly<Record<string, string>> = {
  packages: "there is no network yet: nothing is installed",
  package_update: "there is no network yet: nothing is updated",
  package_upgrade: "there is no network yet: nothing is upgraded",
};

/**
 * Reads a `#cloud-config` (cloud-init, "Cloud config examples"). Never throws: what it does not know, or cannot read, is a
 * warning, and everything else is done, as cloud-init has it.
 */
export function readCloudConfig(text: string): CloudConfig {
  const warnings: string[] = [];
  const warn: ConfigIssues = (warning) => void warnings.push(warning);
  const config = parse(text, warn);
  const fqdn = nameOf(config, "fqdn", DOMAIN_NAME, warn);
  const hostname = nameOf(config, "hostname", DOMAIN_NAME, warn);
  const result: CloudConfig = {
    // A host name with a domain is both, as in cloud-init.
    fqdn: fqdn ?? (hostname?.includes(".") ? hostname : null),
    hostname: (hostname ?? fqdn)?.split(".")[0] ?? null,
    keys: stringsOf(take(config, "ssh_authorized_keys"), "ssh_authorized_keys", warn),
    users: readUsers(take(config, "users"), warn),
    files: readFiles(take(config, "write_files"), warn),
    bootCommands: commandsOf(take(config, "bootcmd"), "bootcmd", warn),
    runCommands: commandsOf(take(config, "runcmd"), "runcmd", warn),
    warnings,
  };
  for (const key of Object.keys(config)) warn(`${shown(key)} is ignored: ${IGNORED[key] ?? "it is not supported"}`);
  return result;
}

/** YAML 1.1, as cloud-init reads it: 0644 is octal, "yes" is true. */
function parse(text: string, warn: ConfigIssues): Record<string, unknown> {
  try {
    const document = parseDocument(text, { version: "1.1", prettyErrors: true });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    const value: unknown = document.toJS();
    if (value === null) return {};
    if (isMap(value)) return { ...value };
    warn("nothing of it is done: it is no map of keys and values");
  } catch (error) {
    warn(`nothing of it is done: it is no YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {};
}

/** What is left of it is not known. */
function take(config: Record<string, unknown>, key: string): unknown {
  const value = config[key];
  delete config[key];
  return value ?? undefined;
}

function nameOf(config: Record<string, unknown>, key: string, pattern: RegExp, warn: ConfigIssues): string | null {
  const value = take(config, key);
  if (value === undefined) return null;
  if (typeof value === "string" && pattern.test(value) && HOST_NAME.test(value.split(".")[0] ?? "")) return value;
  warn(`${key} is ignored: ${shown(value)} is no host name`);
  return null;
}
