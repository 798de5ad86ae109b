import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

// The library takes WebCrypto where there is a `self`, as there is in every browser: what is tested is what is used.
vi.hoisted(() => {
  Object.assign(globalThis, { self: globalThis });
});

import { CloudError } from "../../base/errors.ts";
import type { HostKey } from "./host-key.ts";
import { readPrivateKey } from "./private-key.ts";
import { connectShell } from "./ssh-client.ts";
import { type TestServer, testServer } from "./testing/ssh-server.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tabvisor-ssh-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A new key's file, as ssh-keygen writes it. */
function keyFile(name: string, ...options: string[]): { text: string; publicKey: string; fingerprint: string } {
  const path = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-f", path, ...options]);
  const line = execFileSync("ssh-keygen", ["-l", "-f", path], { encoding: "utf8" });
  return {
    text: readFileSync(path, "utf8"),
    publicKey: readFileSync(`${path}.pub`, "utf8").split(" ")[1] ?? "",
    fingerprint: line.split(" ")[1] ?? "",
  };
}

const KINDS = [
  ["RSA in OpenSSH's format", ["-t", "rsa", "-b", "2048"]],
  ["RSA in PKCS#1", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
  ["RSA in PKCS#8", ["-t", "rsa", "-b", "3072", "-m", "PKCS8"]],
  ["ECDSA in OpenSSH's format", ["-t", "ecdsa", "-b", "256"]],
  ["ECDSA in SEC 1", ["-t", "ecdsa", "-b", "384", "-m", "PEM"]],
  ["ECDSA in PKCS#8", ["-t", "ecdsa", "-b", "521", "-m", "PKCS8"]],
  ["ED25519", ["-t", "ed25519"]],
] as const;

describe("private keys", () => {
  it.each(KINDS)("F62: %s is read, with ssh-keygen's fingerprint", async (name, options) => {
    const { text, publicKey, fingerprint } = keyFile(name.replaceAll(/\W/g, ""), ...options);
    const key = await readPrivateKey(text);
    expect(key.fingerprint).toBe(fingerprint);
    expect((await key.pair.getPublicKeyBytes("rsa-sha2-256"))?.toString("base64")).toBe(publicKey);
  });

  it.each([
    ["with a passphrase", ["-N", "secret"]],
    ["with a passphrase, in PKCS#8", ["-N", "secret", "-m", "PKCS8", "-t", "rsa"]],
    ["with a passphrase, in PKCS#1", ["-N", "secret", "-m", "PEM", "-t", "rsa"]],
  ])("F62: one %s says so", async (name, options) => {
    const path = join(folder, name.replaceAll(/\W/g, ""));
    execFileSync("ssh-keygen", ["-q", "-f", path, ...options]);
    await expect(readPrivateKey(readFileSync(path, "utf8"))).rejects.toMatchObject({ code: "Ssh.KeyEncrypted" });
  });

  it.each([
    ["nothing", "", "no line such as"],
    ["a public key", "ssh-ed25519 AAAA", "is a public key"],
    ["PuTTY's format", "PuTTY-User-Key-File-3: ssh-rsa", "puttygen"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "no line such as"],
    ["rubbish", "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----", "damaged"],
    ["what is no base64", "-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----", "not base64"],
    [
      "half a key",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----",
      "damaged",
    ],
  ])("F62: %s is Ssh.KeyFormat, with the reason", async (_, text, reason) => {
    await expect(readPrivateKey(text)).rejects.toMatchObject({
      code: "Ssh.KeyFormat",
      message: expect.stringContaining(reason),
    });
  });
});

describe("a shell over SSH", () => {
  async function connect(server: TestServer, change: Partial<Parameters<typeof connectShell>[1]> = {}) {
    const output: string[] = [];
    const shell = await connectShell(server.stream, {
      userName: "user",
      key: await readPrivateKey(keyFile(`k${Math.random()}`, "-t", "ed25519").text),
      acceptHostKey: async () => true,
      signal: new AbortController().signal,
      columns: 100,
      rows: 30,
      onOutput: async (bytes) => {
        output.push(new TextDecoder().decode(bytes));
      },
      ...change,
    });
    return { shell, output };
  }

  it.each(KINDS)("F62: logs in with %s, and with no other key", async (name, options) => {
    const { text, publicKey } = keyFile(`login${name.replaceAll(/\W/g, "")}`, ...options);
    const mayLogIn = (user: string, blob: string) => user === "user" && blob === publicKey;
    const key = await readPrivateKey(text);
    const { shell } = await connect(await testServer({ mayLogIn }), { key });
    shell.close();
    await expect(connect(await testServer({ mayLogIn }))).rejects.toMatchObject({ code: "Ssh.LoginRefused" });
    await expect(connect(await testServer({ mayLogIn }), { key, userName: "root" })).rejects.toMatchObject({
      code: "Ssh.LoginRefused",
    });
  });

  it("types, shows what comes, tells the terminal's size, and ends with the shell", async () => {
    const server = await testServer();
    const { shell, output } = await connect(server);
    const channel = await server.channel;
    const typed = new Promise<string>((resolve) => channel.onDataReceived((data) => resolve(data.toString())));
    await shell.write(new TextEncoder().encode("ls\n"));
    expect(await typed).toBe("ls\n");
    await shell.resize(120, 40);
    await channel.send(Buffer.from("file\r\n"));
    await vi.waitFor(() => expect(server.requests).toHaveLength(3));
    expect(server.requests.map(({ type }) => type)).toEqual(["pty-req", "shell", "window-change"]);
    await channel.close(3);
    expect(await shell.ended).toBe("The shell ended with exit code 3.");
    expect(output.join("")).toBe("file\r\n");
  });

  it("holds the guest back while the terminal has not taken its output in", async () => {
    const server = await testServer();
    let show = () => {};
    const shown = new Promise<void>((resolve) => {
      show = resolve;
    });
    let taken = 0;
    await connect(server, {
      onOutput: async (bytes) => {
        taken += bytes.length;
        await shown;
      },
    });
    const channel = await server.channel;
    const total = 3 * 1024 * 1024;
    let sent = false;
    const sending = channel.send(Buffer.alloc(total, "x")).then(() => {
      sent = true;
    });
    await vi.waitFor(() => expect(taken).toBeGreaterThan(0));
    expect(sent).toBe(false);
    show();
    await sending;
    await vi.waitFor(() => expect(taken).toBe(total));
  });

  it.each(["ecdsa", "ed25519"] as const)("shows the host's %s key before anything is sent to it", async (kind) => {
    const { text, fingerprint } = keyFile(`host-${kind}`, "-t", kind);
    const { pair } = await readPrivateKey(text);
    const mayLogIn = vi.fn(() => true);
    const server = await testServer({ hostKey: pair, mayLogIn });
    const seen: HostKey[] = [];
    const acceptHostKey = async (key: HostKey) => {
      seen.push(key);
      return false;
    };
    await expect(connect(server, { acceptHostKey })).rejects.toMatchObject({ code: "Ssh.HostKeyRefused" });
    expect(seen).toEqual([{ type: kind === "ecdsa" ? "ecdsa-sha2-nistp256" : "ssh-ed25519", fingerprint }]);
    expect(mayLogIn).not.toHaveBeenCalled();
  });

  it("gives the error of who judges the host's key", async () => {
    const refusal = new CloudError("Ssh.HostKeyRefused", "Not this one.");
    const acceptHostKey = async () => {
      throw refusal;
    };
    await expect(connect(await testServer(), { acceptHostKey })).rejects.toBe(refusal);
  });

  it("gives the connection's own error, and the reason when it is taken back", async () => {
    const server = await testServer();
    const lost = new CloudError("Network.TimedOut", "Nothing comes any more.");
    const readable = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(lost) });
    await expect(connect({ ...server, stream: { ...server.stream, readable } })).rejects.toBe(lost);
    const controller = new AbortController();
    const silent = new ReadableStream<Uint8Array>();
    const { stream } = await testServer();
    const connecting = connect({ ...server, stream: { ...stream, readable: silent } }, { signal: controller.signal });
    const rejected = expect(connecting).rejects.toMatchObject({ name: "AbortError" });
    controller.abort();
    await rejected;
  });

  it("says when the connection ends under the shell", async () => {
    const server = await testServer();
    const { shell } = await connect(server);
    server.session.dispose();
    expect(await shell.ended).toMatch(/^The connection was closed/);
  });
});
