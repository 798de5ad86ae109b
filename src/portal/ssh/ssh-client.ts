import {
  type KeyPair,
  SshAlgorithms,
  SshAuthenticationType,
  SshClientSession,
  SshSessionConfiguration,
} from "@microsoft/dev-tunnels-ssh";
import { CloudError, toCloudError } from "../../base/errors.ts";
import type { Shell, ShellRequest } from "../connect/shell.ts";
import { type ByteStream, LibraryStream } from "./byte-stream.ts";
import { Ed25519, hasEd25519 } from "./ed25519.ts";
import { fingerprintOf, type HostKey } from "./host-key.ts";
import type { PrivateKey } from "./private-key.ts";
import { openShell } from "./ssh-shell.ts";

/**
 * How long a server may take to agree on keys, or to answer a login: an emulated machine makes its host keys at the
 * first connection. OpenSSH's own LoginGraceTime is two minutes.
 */
const ANSWER_MS = 60_000;

/** A server that does not answer this often, this long each time, is gone. */
const KEEP_ALIVE_S = 30;
const MISSED_ANSWERS = 3;

export interface SshRequest {
  readonly userName: string;
  readonly key: PrivateKey;
  /** Asked once the server has proved that it has its key: false ends the connection, what it throws as well. */
  readonly acceptHostKey: (key: HostKey) => Promise<boolean>;
  /** Ends the connection, also while it is being made. */
  readonly signal: AbortSignal;
}

/**
 * Logs in over a connection and opens a shell. `Ssh.HostKeyRefused`, `Ssh.LoginRefused`, `Ssh.NoAnswer`; anything else
 * that goes wrong is `Ssh.Failed` with the library's words, or the connection's own error.
 */
export async function connectShell(stream: ByteStream, request: SshRequest & ShellRequest): Promise<Shell> {
  const { userName, key, acceptHostKey, signal } = request;
  const session = new SshClientSession(await configuration());
  const transport = new LibraryStream(stream);
  const end = () => {
    session.dispose();
    transport.dispose();
  };
  signal.addEventListener("abort", end, { once: true });
  session.onClosed(() => {
    signal.removeEventListener("abort", end);
    transport.dispose();
  });
  session.onKeepAliveFailed((times) => {
    if (times >= MISSED_ANSWERS) end();
  });
  try {
    signal.throwIfAborted();
    const connecting = session.connect(transport);
    // The library looks at this promise of its own only later: until then nobody would hear of its failure.
    Reflect.get(session, "versionExchangePromise")?.catch(() => {});
    await answered(connecting, "agree on keys");
    session.onAuthenticating((event) => {
      if (event.authenticationType !== SshAuthenticationType.serverPublicKey) return;
      event.authenticationPromise = describeKey(event.publicKey).then(async (host) =>
        (await acceptHostKey(host)) ? host : null,
      );
    });
    if (!(await session.authenticateServer())) throw hostKeyRefused();
    const credentials = { username: userName, publicKeys: [key.pair] };
    if (!(await answered(session.authenticateClient(credentials), "answer the login")))
      throw loginRefused(userName, key);
    return await openShell(session, request);
  } catch (thrown) {
    end();
    signal.throwIfAborted();
    // The library tells of a connection that was lost in its own words.
    throw thrown instanceof CloudError ? thrown : (transport.failure ?? toCloudError(thrown, "Ssh.Failed"));
  }
}

/** What this browser and the library can do, the best first, without what is slow or of no use here. */
async function configuration(): Promise<SshSessionConfiguration> {
  const config = new SshSessionConfiguration();
  const { keyExchange, publicKey } = SshAlgorithms;
  const replace = <T>(list: T[], items: readonly T[]) => list.splice(0, list.length, ...items);
  replace(config.keyExchangeAlgorithms, [keyExchange.ecdhNistp256Sha256, keyExchange.ecdhNistp384Sha384]);
  replace(config.publicKeyAlgorithms, [
    ...((await hasEd25519()) ? [new Ed25519()] : []),
    publicKey.ecdsaSha2Nistp256,
    publicKey.ecdsaSha2Nistp384,
    publicKey.ecdsaSha2Nistp521,
    // Dropbear knows this one of RFC 8332's two, OpenSSH both.
    publicKey.rsaWithSha256,
  ]);
  replace(config.authenticationMethods, ["publickey" as (typeof config.authenticationMethods)[number]]);
  config.keepAliveTimeoutInSeconds = KEEP_ALIVE_S;
  return config;
}

async function describeKey(key: KeyPair | null): Promise<HostKey> {
  const blob = await key?.getPublicKeyBytes();
  if (!key || !blob) throw new CloudError("Ssh.Failed", "The server has shown no key.");
  return { type: key.keyAlgorithmName, fingerprint: await fingerprintOf(blob) };
}

async function answered<T>(work: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = `What answers at this port did not ${what} within ${ANSWER_MS / 1000} seconds. Is it an SSH server?`;
      reject(new CloudError("Ssh.NoAnswer", text));
    }, ANSWER_MS);
  });
  // When it is late, its own end is of no interest any more.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const hostKeyRefused = () =>
  new CloudError("Ssh.HostKeyRefused", "The server's key was not accepted, so nothing was sent to it.");

const loginRefused = (userName: string, { type, fingerprint }: PrivateKey) =>
  new CloudError(
    "Ssh.LoginRefused",
    `The server does not let ${userName} in with this key (${type} ${fingerprint}). Is it the key pair that the instance was launched with, and is the user name right?`,
    { userName, type, fingerprint },
  );
