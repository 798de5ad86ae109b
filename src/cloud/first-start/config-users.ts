import { type ConfigIssues, checkKeys, isMap, shown, stringsOf } from "./config-values.ts";
import type { GuestUser } from "./plan.ts";

const KEYS = new Set([
  "name",
  "gecos",
  "homedir",
  "shell",
  "uid",
  "system",
  "no_create_home",
  "primary_group",
  "groups",
  "sudo",
  "ssh_authorized_keys",
  "passwd",
  "hashed_passwd",
  "lock_passwd",
]);

/** useradd(8), "CAVEATS". */
const NAME = /^[a-z_][a-z0-9_-]{0,30}\$?$/;
/** What stands in a field of /etc/passwd. */
const FIELD = /^[^:\r\n\0]*$/;
const PATH = /^\/[^:\r\n\0]*$/;
/** crypt(5): "$" and the method, or the "!" and "*" of nobody's. */
const HASH = /^[A-Za-z0-9./$=,!*_-]{1,256}$/;
const MAX_UID = 2 ** 31;

/** `users` (cloud-init, "Users and Groups"). "default" is the image's login user, which is there anyway. */
export function readUsers(value: unknown, warn: ConfigIssues): GuestUser[] {
  if (value === undefined) return [];
  const items = Array.isArray(value) ? value : [value];
  return items.flatMap((item: unknown) => {
    if (item === "default") return [];
    const map = typeof item === "string" ? { name: item } : item;
    if (isMap(map) && typeof map.name === "string" && NAME.test(map.name)) return [readUser(map, map.name, warn)];
    warn(`an item of users is ignored: ${shown(item)} has no name that a user can have`);
    return [];
  });
}

function readUser(map: Readonly<Record<string, unknown>>, name: string, warn: ConfigIssues): GuestUser {
  const what = `the user ${name}`;
  checkKeys(map, KEYS, what, warn);
  const text = (key: string, pattern: RegExp): string | null => {
    const value = map[key];
    if (value === undefined || value === null) return null;
    if (typeof value === "string" && pattern.test(value)) return value;
    // A password's hash is nobody's business.
    warn(`${key} of ${what} is ignored: ${key.endsWith("passwd") ? "it" : shown(value)} is none`);
    return null;
  };
  const groups = typeof map.groups === "string" ? map.groups.split(",") : (map.groups ?? undefined);
  return {
    name,
    gecos: text("gecos", FIELD),
    home: text("homedir", PATH),
    shell: text("shell", PATH),
    uid: uidOf(map.uid, what, warn),
    system: map.system === true,
    createHome: map.no_create_home !== true,
    primaryGroup: text("primary_group", NAME),
    groups: stringsOf(groups, `groups of ${what}`, warn).filter((group) => {
      if (NAME.test(group)) return true;
      warn(`a group of ${what} is ignored: ${shown(group)} is no name`);
      return false;
    }),
    sudo: map.sudo === false || map.sudo === null ? [] : stringsOf(map.sudo, `sudo of ${what}`, warn),
    keys: stringsOf(map.ssh_authorized_keys ?? undefined, `ssh_authorized_keys of ${what}`, warn),
    passwordHash: text("hashed_passwd", HASH) ?? text("passwd", HASH),
    locked: map.lock_passwd !== false,
  };
}

function uidOf(value: unknown, what: string, warn: ConfigIssues): number | null {
  if (value === undefined || value === null) return null;
  const uid = Number(value);
  if (Number.isSafeInteger(uid) && uid >= 0 && uid < MAX_UID) return uid;
  warn(`uid of ${what} is ignored: ${shown(value)} is no number of a user`);
  return null;
}
