import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { seededRandom } from "../../base/random.ts";
import { passwordHash } from "./password.ts";
import { sha512Crypt } from "./sha512-crypt.ts";

describe("a password", () => {
  it("F63: is hashed by SHA-512-crypt", () => {
    // `openssl passwd -6 -salt saltstring 'Hello world!'`
    expect(sha512Crypt("Hello world!", "saltstring")).toBe(
      "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
    );
  });

  it
    .runIf(spawnSync("openssl", ["version"]).error === undefined)
    .each(["x", "Correct-1", "a".repeat(64), "b".repeat(65)])("F63: %s is hashed as openssl does it", (password) => {
    const salt = "0123456789abcdef";
    const { stdout } = spawnSync("openssl", ["passwd", "-6", "-salt", salt, password], { encoding: "utf8" });
    expect(sha512Crypt(password, salt)).toBe(stdout.trim());
  });

  it("F63: has its own salt", () => {
    const random = seededRandom(1);
    expect(passwordHash("Correct-1", random)).not.toBe(passwordHash("Correct-1", random));
  });

  it.each(["", "Short-1", "lowercaseonly", "lower1234567", "UPPER-UPPER", `Aa1${"x".repeat(62)}`, "Aa1äöüÄÖÜ"])(
    "F63: %j is refused",
    (password) => {
      expect(() => passwordHash(password, seededRandom(1))).toThrow("The password must have 8 to 64 ASCII characters");
    },
  );
});
