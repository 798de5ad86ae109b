import { toBase64 } from "../../base/bytes.ts";
import { GUEST_FUNCTIONS } from "./guest-functions.ts";
import type { GuestCommand, GuestFile, GuestPlan, GuestUser } from "./plan.ts";

/** Where cloud-init has them: people know to look there. */
const LOG = "/var/log/cloud-init-output.log";
const CLOUD = "/var/lib/cloud";

/**
 * The script that does what a plan says: in a guest, as root, at each start; what is done once is done when this instance
 * has not done it on this disk (F10). So an image of an instance starts anew, and a second boot does not. Its output goes
 * to the console and to cloud-init's log. Exit status 1: something of it went wrong.
 *
 * User commands are noted as done before they run, as cloud-init does it: one that reboots must not do so for ever.
 */
export function guestScript(plan: GuestPlan): string {
  const { userData, bootCommands, warnings } = plan;
  return [
    // A guest's disk may be an image's of another instance, whose folders are there too.
    `base=${CLOUD}/instances/${quote(plan.instanceId)}`,
    GUEST_FUNCTIONS,
    ALONE,
    OUTPUT,
    'mkdir -p "$base/sem" "$base/scripts" && ln -sfn "$base" /var/lib/cloud/instance || fail "cannot write to the disk"',
    ...(userData === null ? [] : ["umask 077", ...decode('"$base/user-data.txt"', userData), "umask 022"]),
    ...commands("bootcmd", bootCommands),
    'if [ ! -e "$base/sem/first-start" ]; then',
    "echo",
    `say ${quote(`first start of ${plan.instanceId}`)}`,
    ...warnings.map((warning) => `say ${quote(`warning: ${warning}`)}`),
    ...prepare(plan),
    MARK,
    "sync",
    ...commands("runcmd", plan.runCommands),
    ...script(plan.script),
    'say "finished at $(date -u)"',
    'date -u > "$base/boot-finished"',
    "fi",
    ...password(plan),
    END,
  ].join("\n");
}

/** Sets the password alone: the rest the guest has done by itself. */
export function passwordScript(given: Pick<GuestPlan, "instanceId" | "loginUser" | "passwordHash">): string {
  const base = `base=${CLOUD}/instances/${quote(given.instanceId)}`;
  return [base, GUEST_FUNCTIONS, ALONE, OUTPUT, ...password(given), END].join("\n");
}

/** Never beside a first start of the guest's own (`own-start.ts`). What is started must not keep the lock: `9>&-`. */
const ALONE = `
mkdir -p /run/cloud-init && exec 9> /run/cloud-init/lock || exit 1
! has flock || flock 9`;

/** With cloud-init's own marks: the guest must not do it again when it finds the metadata service at a later boot. */
const MARK = `
for what in scripts_user runcmd ssh users_groups write_files; do echo done > "$base/sem/config_$what"; done
echo done > "$base/sem/first-start"`;

/** All output through a pipe, whose other end may outlive the script where a program stays in the background. */
const OUTPUT = `
failed=
mkdir -p /var/log /run
pipe=$(mktemp -u /run/first-start.XXXXXX)
mkfifo -m 600 "$pipe" || exit 1
{ tee -a ${LOG} > /dev/console 2>/dev/null || cat >> ${LOG}; } < "$pipe" 9>&- &
copying=$!
exec > "$pipe" 2>&1
rm -f "$pipe"
cd /`;

/** The last output is there when the script has ended; what runs in the background is not waited for. */
const END = `
sync
exec > /dev/null 2>&1
for try in 1 2 3 4 5 6 7 8 9 10; do
  kill -0 "$copying" || break
  sleep 0.1
done
[ -z "$failed" ]`;

function prepare({ hostname, fqdn, loginUser, keys, users, files }: GuestPlan): string[] {
  const hosts = `127.0.1.1\t${fqdn === null ? "" : `${fqdn} `}${hostname}`;
  return [
    `set_hostname ${quote(hostname)} ${quote(hosts)} || fail "the host name cannot be set"`,
    ...keys.map((key) => addKey(loginUser, key)),
    ...users.flatMap(makeUser),
    ...files.flatMap(writeFile),
  ];
}

const addKey = (user: string, key: string) =>
  `add_key ${quote(user)} ${quote(key)} || fail ${quote(`a key cannot be given to ${user}`)}`;

function makeUser(user: GuestUser): string[] {
  const { name, home, shell, gecos, uid, primaryGroup, system, createHome, passwordHash } = user;
  const fields = [name, home, shell, gecos, uid, primaryGroup, system ? 1 : null, createHome ? null : 1];
  const made = `add_user ${fields.map((field) => quote(String(field ?? ""))).join(" ")}`;
  // "!" before it keeps a password and takes nobody in (shadow(5)).
  const shadow = passwordHash === null ? null : `${user.locked ? "!" : ""}${passwordHash}`;
  return [
    `${made} || fail ${quote(`the user ${name} cannot be made`)}`,
    ...user.groups.map((g) => `add_to_group ${quote(name)} ${quote(g)} || fail ${quote(`${name} is not in ${g}`)}`),
    ...(shadow === null
      ? []
      : [`set_password ${quote(name)} ${quote(shadow)} || fail ${quote(`no password for ${name}`)}`]),
    ...user.sudo.map((rule) => `add_sudo ${quote(name)} ${quote(rule)}`),
    ...user.keys.map((key) => addKey(name, key)),
  ];
}

function writeFile({ path, content, gzip, mode, owner, append }: GuestFile): string[] {
  const words = [path, mode, owner ?? "", append ? "1" : "", gzip ? "1" : ""].map(quote).join(" ");
  return [`put_file ${words} << 'END' || fail ${quote(`${path} cannot be written`)}`, ...base64Lines(content), "END"];
}

/** As cloud-init does it: one script of all, so that one line can set what the next one uses. */
function commands(name: string, list: readonly GuestCommand[]): string[] {
  if (list.length === 0) return [];
  const lines = list.map((command) => (typeof command === "string" ? command : command.map(quote).join(" ")));
  const text = new TextEncoder().encode(`#!/bin/sh\n${lines.join("\n")}\n`);
  return runFile(name, name, text);
}

const script = (bytes: Uint8Array | null): string[] =>
  bytes === null ? [] : runFile("part-001", "the script of the user data", bytes);

function runFile(name: string, what: string, content: Uint8Array): string[] {
  const path = `"$base/scripts/${name}"`;
  return [...decode(path, content), `chmod 700 ${path}`, `run ${quote(what)} ${path}`];
}

/** Once for each password that is set, so that one that was changed in the guest stays changed. */
function password({ loginUser, passwordHash }: Pick<GuestPlan, "loginUser" | "passwordHash">): string[] {
  if (passwordHash === null) return [];
  return [
    `if [ "$(cat "$base/sem/password" 2>/dev/null)" != ${quote(passwordHash)} ]; then`,
    `set_password ${quote(loginUser)} ${quote(passwordHash)} || fail ${quote(`no password for ${loginUser}`)}`,
    'allow_passwords || fail "the SSH server takes no passwords"',
    `umask 077; echo ${quote(passwordHash)} > "$base/sem/password"; umask 022`,
    "fi",
  ];
}

const decode = (path: string, content: Uint8Array): string[] => [
  `base64 -d > ${path} << 'END' || fail "cannot write to the disk"`,
  ...base64Lines(content),
  "END",
];

/** RFC 2045 §6.8: lines of at most 76. */
const base64Lines = (bytes: Uint8Array): string[] => toBase64(bytes).match(/.{1,76}/g) ?? [];

/** One word for the shell, whatever is in it. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
