// Whose work the image carries, under which licence, and where its source is.

/** Component, its Debian source package, and its licence; LICENCES.md has the texts. */
const COMPONENTS = /** @type {const} */ ([
  ["Linux", "linux", "GPL-2.0-only"],
  ["BusyBox", "busybox", "GPL-2.0-only"],
  ["musl", "musl", "MIT"],
  ["Dropbear", "dropbear", "MIT AND BSD-2-Clause AND LicenseRef-public-domain"],
  ["OpenDoas", "opendoas", "ISC"],
  ["SeaBIOS", "seabios", "LGPL-3.0-only"],
]);

/**
 * @param {import("../recipe/packages.mjs").PackageRecord} packages
 * @returns {import("../recipe/manifest.mjs").Licence[]}
 */
export function licences(packages) {
  /** Taken as binary packages of all architectures, which have their source's version. */
  const binary = { linux: packages.tools["linux-source-6.1"], seabios: packages.tools.seabios };
  const theirs = COMPONENTS.map(([component, source, licence]) => {
    const version = binary[/** @type {keyof typeof binary} */ (source)] ?? packages.sources[source] ?? "";
    return { component, version, licence, source: `Debian source package ${source} ${version}` };
  });
  const ours = {
    component: "Tabvisor agent, init and tools",
    version: "1.0.0",
    licence: "MIT",
    source: "images/ of Tabvisor",
  };
  return [...theirs, ours];
}
