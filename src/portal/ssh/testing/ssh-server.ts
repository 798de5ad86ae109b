import { Duplex } from "node:stream";
import {
  type KeyPair,
  NodeStream,
  SshAlgorithms,
  SshAuthenticationType,
  type SshChannel,
  SshServerSession,
  SshSessionConfiguration,
} from "@microsoft/dev-tunnels-ssh";
import type { ByteStream } from "../byte-stream.ts";
import { Ed25519 } from "../ed25519.ts";

export interface TestServer {
  readonly stream: ByteStream;
  readonly session: SshServerSession;
  /** Requests on the shell's channel, by name with their payload. */
  readonly requests: { readonly type: string; readonly payload: Uint8Array }[];
  readonly channel: Promise<SshChannel>;
}

interface ServerOptions {
  readonly hostKey?: KeyPair;
  /** Whose keys are let in: by user, and the public key in base64. */
  readonly mayLogIn?: (user: string, publicKey: string) => boolean;
}

/** The library's own SSH server at the other end of a pair of streams. */
export async function testServer({ hostKey, mayLogIn = () => true }: ServerOptions = {}): Promise<TestServer> {
  const there = new TransformStream<Uint8Array, Uint8Array>();
  const back = new TransformStream<Uint8Array, Uint8Array>();
  const config = new SshSessionConfiguration();
  config.publicKeyAlgorithms.push(new Ed25519(), SshAlgorithms.publicKey.ecdsaSha2Nistp521 ?? null);
  const session = new SshServerSession(config);
  const key = hostKey ?? (await SshAlgorithms.publicKey.ecdsaSha2Nistp256?.generateKeyPair());
  if (key === undefined) throw new TypeError("The library lacks ECDSA.");
  session.credentials = { publicKeys: [key] };
  session.onAuthenticating((event) => {
    const judge = async () => {
      const blob = await event.publicKey?.getPublicKeyBytes();
      const isKey =
        event.authenticationType === SshAuthenticationType.clientPublicKey ||
        event.authenticationType === SshAuthenticationType.clientPublicKeyQuery;
      return isKey && mayLogIn(event.username ?? "", blob?.toString("base64") ?? "") ? { user: event.username } : null;
    };
    event.authenticationPromise = judge();
  });
  const requests: TestServer["requests"][number][] = [];
  const channel = new Promise<SshChannel>((resolve) => {
    session.onChannelOpening(({ channel: opened }) => {
      opened.onRequest((event) => {
        const { requestType = "" } = event.request;
        requests.push({ type: requestType, payload: new Uint8Array(event.request.toBuffer()) });
        event.isAuthorized = true;
      });
      resolve(opened);
    });
  });
  const duplex = Duplex.fromWeb({ readable: there.readable, writable: back.writable } as never);
  duplex.on("error", () => {});
  session.connect(new NodeStream(duplex)).catch(() => {});
  Reflect.get(session, "versionExchangePromise")?.catch(() => {});
  const stream: ByteStream = {
    readable: back.readable,
    writable: there.writable,
    close: async () => {
      duplex.destroy();
    },
  };
  return { stream, session, requests, channel };
}
