/** What is to be done in a guest when it starts, all of it checked. `guest-script.ts` makes a script of it. */
export interface GuestPlan {
  readonly instanceId: string;
  /** For the guest's /var/lib/cloud/instance/user-data.txt. */
  readonly userData: Uint8Array | null;
  /** Without dots; and with them where it has a domain. */
  readonly hostname: string;
  readonly fqdn: string | null;
  /** Who gets `keys`. */
  readonly loginUser: string;
  readonly keys: readonly string[];
  /** Of the login user: as in shadow(5). */
  readonly passwordHash: string | null;
  readonly users: readonly GuestUser[];
  readonly files: readonly GuestFile[];
  /** At each start, before all else. */
  readonly bootCommands: readonly GuestCommand[];
  /** Once, after all else. */
  readonly runCommands: readonly GuestCommand[];
  /** Once, after all else, as root. */
  readonly script: Uint8Array | null;
  /** What was asked for and is not done. */
  readonly warnings: readonly string[];
}

/** A line for the shell, or a program with its arguments. */
export type GuestCommand = string | readonly string[];

export interface GuestUser {
  readonly name: string;
  readonly gecos: string | null;
  readonly home: string | null;
  readonly shell: string | null;
  readonly uid: number | null;
  readonly system: boolean;
  readonly createHome: boolean;
  readonly primaryGroup: string | null;
  readonly groups: readonly string[];
  /** Rules for sudo; none: may not use it. */
  readonly sudo: readonly string[];
  readonly keys: readonly string[];
  /** As in shadow(5). */
  readonly passwordHash: string | null;
  /** No login by password: cloud-init's default. */
  readonly locked: boolean;
}

export interface GuestFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** `content` is to be unpacked. */
  readonly gzip: boolean;
  /** Octal, e.g. "0644". */
  readonly mode: string;
  /** "user" or "user:group". */
  readonly owner: string | null;
  readonly append: boolean;
}

/** What a `#cloud-config` asks for, of what there is here. */
export type CloudConfig = Pick<GuestPlan, "fqdn" | "users" | "files" | "bootCommands" | "runCommands" | "warnings"> & {
  readonly hostname: string | null;
  /** For the login user. */
  readonly keys: readonly string[];
};
