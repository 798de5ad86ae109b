// Packages of another architecture than the machine's, unpacked into a folder: apt in a folder of its own, with the
// machine's package sources. Nothing is installed.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Apt = (program: string, ...args: string[]) => string;

/** They are in `folder/root` afterwards. */
export function unpackDebianPackages(folder: string, architecture: string, names: readonly string[]): void {
  const at = (name: string) => join(folder, name);
  for (const name of ["lists/partial", "cache/archives/partial", "packages", "root"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("status"), "");
  const options = [
    ["APT::Architecture", architecture],
    ["APT::Architectures::", architecture],
    ["Dir::State::Lists", at("lists")],
    ["Dir::State::status", at("status")],
    ["Dir::Cache", at("cache")],
    ["APT::Sandbox::User", "root"],
  ].flatMap(([key, value]) => ["-o", `${key}=${value}`]);
  const apt: Apt = (program, ...args) =>
    execFileSync(program, [...options, "-q", ...args], { cwd: at("packages"), encoding: "utf8", stdio: "pipe" });
  update(apt);
  apt("apt-get", "download", ...names.map((name) => newest(apt, name)));
  for (const file of readdirSync(at("packages")))
    execFileSync("dpkg-deb", ["-x", join(at("packages"), file), at("root")]);
}

/** Other archives among the machine's sources may have nothing for this architecture: that is no failure. */
function update(apt: Apt): void {
  try {
    apt("apt-get", "update");
  } catch {
    // What is missing shows when it is asked for.
  }
}

/** A package that only names the current version of another one: that one. */
function newest(apt: Apt, name: string): string {
  const [, versioned] = /^ {2}Depends: (linux-image-\S+)/m.exec(apt("apt-cache", "depends", name)) ?? [];
  return versioned ?? name;
}
