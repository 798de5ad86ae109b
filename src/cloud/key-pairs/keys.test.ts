import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../base/bytes.ts";
import { makeKey, newRsaKey } from "./private-key.ts";
import { openSshLine, publicFingerprint, readPublicKey } from "./public-key.ts";
import { DSA, ECDSA, ED25519, RSA } from "./testing/fixed-keys.ts";

const rfc4716 = (blob: string) =>
  [
    "---- BEGIN SSH2 PUBLIC KEY ----",
    'Comment: "a comment that goes on \\',
    'in a second line"',
    ...(blob.match(/.{1,70}/g) ?? []),
    "---- END SSH2 PUBLIC KEY ----",
    "",
  ].join("\n");

describe("public keys", () => {
  const rsa = `ssh-rsa ${RSA.blob}`;
  const ed25519 = `ssh-ed25519 ${ED25519.blob}`;

  it.each([
    ["OpenSSH's line", `${rsa} a comment\n`, rsa],
    ["OpenSSH's line of ED25519", `${ed25519} me@here`, ed25519],
    ["a line of authorized_keys", `no-pty ${rsa}`, rsa],
    ["RFC 4716", rfc4716(RSA.blob), rsa],
    ["RFC 4716 of ED25519, with DOS line ends", rfc4716(ED25519.blob).replaceAll("\n", "\r\n"), ed25519],
    ["DER in base64", RSA.spki.replaceAll(/.{64}/g, "$&\n"), rsa],
    ["DER in base64 of ED25519", ED25519.spki, ed25519],
  ])("F62: %s is read", async (_, material, line) => {
    expect(openSshLine(await readPublicKey(material))).toBe(line);
  });

  it.each([
    ["nothing", ""],
    ["text", "hello"],
    ["a private key", `-----BEGIN RSA PRIVATE KEY-----\n${RSA.pkcs1}\n-----END RSA PRIVATE KEY-----`],
    ["DSA", DSA],
    ["ECDSA", ECDSA],
    ["a key cut off", `${rsa.slice(0, 200)}`],
    ["a key with something behind it", `ssh-rsa ${RSA.blob}AAAA`],
    ["ED25519 that is said to be longer than it is", `ssh-ed25519 ${ED25519.blob.slice(0, -4)}`],
    ["DER of something else", toBase64(Uint8Array.of(0x30, 0x03, 0x02, 0x01, 0x05))],
    [
      "an RSA key of 512 bits",
      "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQC7vbqajDw4o6gJy8UtmIbkcpnkO3Kwc4qsEnSZp/TR+fQi62F79RHWmwKOtFmwteURgLbj7D/WGuNLGOfa/2vb",
    ],
    ["more than a key can be", `${rsa} ${"x".repeat(20_000)}`],
  ])("F62: %s is InvalidKeyPair.Format", async (_, material) => {
    await expect(readPublicKey(material)).rejects.toMatchObject({
      code: "InvalidKeyPair.Format",
      message: "Key is not in valid OpenSSH public key format",
    });
  });

  it("F62: fingerprints of imported keys are those of openssl md5 and ssh-keygen -l", async () => {
    expect(await publicFingerprint(await readPublicKey(rsa))).toBe(RSA.md5);
    expect(await publicFingerprint(await readPublicKey(ed25519))).toBe(ED25519.sha256);
  });
});

describe("new keys", () => {
  it("F62: an RSA key's file is PKCS#1, its fingerprint openssl's SHA-1 of PKCS#8", async () => {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const pkcs8 = fromBase64(RSA.pkcs8) ?? new Uint8Array();
    const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, true, ["sign"]);
    const spki = fromBase64(RSA.spki) ?? new Uint8Array();
    const publicKey = await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
    const key = await newRsaKey({ privateKey, publicKey }, "pem", "name");
    expect(key.fingerprint).toBe(RSA.sha1);
    expect(key.fingerprint).toHaveLength(59);
    expect(openSshLine(key.publicKey)).toBe(`ssh-rsa ${RSA.blob}`);
    const lines = key.file.trim().split("\n");
    expect(lines.at(0)).toBe("-----BEGIN RSA PRIVATE KEY-----");
    expect(lines.at(-1)).toBe("-----END RSA PRIVATE KEY-----");
    expect(lines.slice(1, -1).join("")).toBe(RSA.pkcs1);
  });
});

const has = (program: string) => spawnSync(program, ["-V"]).error === undefined;
const toolsHere = has("ssh-keygen") && has("openssl");

/** The oracle of the user guide, "Verify the fingerprint of your key pair". */
describe.runIf(toolsHere)("openssl and ssh-keygen", () => {
  function withFile<T>(text: string, use: (path: string) => T): T {
    const folder = mkdtempSync(join(tmpdir(), "tabvisor-key-"));
    try {
      const path = join(folder, "key");
      writeFileSync(path, text, { mode: 0o600 });
      return use(path);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const shell = (command: string, path: string) =>
    execFileSync("sh", ["-c", command, "sh", path], { encoding: "utf8" }).trim();

  it("F62: agree with a new RSA key", async () => {
    const { file, fingerprint, publicKey } = await makeKey("rsa", "pem", "name");
    const [sha1, line, md5] = withFile(file, (path) => [
      shell('openssl pkcs8 -in "$1" -inform PEM -outform DER -topk8 -nocrypt | openssl sha1 -c', path),
      shell('ssh-keygen -y -f "$1"', path),
      shell('ssh-keygen -ef "$1" -m PEM | openssl rsa -RSAPublicKey_in -outform DER | openssl md5 -c', path),
    ]);
    expect(sha1?.split("= ")[1]).toBe(fingerprint);
    expect(line).toBe(openSshLine(publicKey));
    expect(md5?.split("= ")[1]).toBe(await publicFingerprint(publicKey));
  });

  it("F62: agree with a new ED25519 key", async () => {
    const { file, fingerprint, publicKey } = await makeKey("ed25519", "pem", "my key");
    expect(file).toMatch(/^-----BEGIN OPENSSH PRIVATE KEY-----\n/);
    withFile(file, (path) => {
      expect(shell('ssh-keygen -y -f "$1"', path)).toBe(`${openSshLine(publicKey)} my key`);
      expect(shell('ssh-keygen -l -f "$1"', path)).toBe(`256 SHA256:${fingerprint} my key (ED25519)`);
    });
  });

  it.runIf(spawnSync("puttygen", ["--version"]).error === undefined)("F62: PuTTY reads a ppk file", async () => {
    for (const type of ["rsa", "ed25519"] as const) {
      const { file, publicKey } = await makeKey(type, "ppk", "my key");
      withFile(file, (path) => {
        expect(shell('puttygen "$1" -L', path)).toBe(`${openSshLine(publicKey)} my key`);
        expect(shell('puttygen "$1" -O private-openssh -o "$1.pem" && ssh-keygen -y -f "$1.pem"', path)).toContain(
          openSshLine(publicKey),
        );
      });
    }
  });
});
