// image.json: what an image is, for the machine that runs it.
import { sha256 } from "./pack.mjs";
import { ImageError } from "./run.mjs";

/** @typedef {{ component: string, version: string, licence: string, source: string }} Licence */

/**
 * @typedef {object} ImageFacts what an image's recipe says about itself
 * @property {string} name
 * @property {string} title
 * @property {string} version
 * @property {string} defaultUser
 * @property {string} commandLine of the kernel; the machine appends the instance's identity
 * @property {string} rootDevice
 * @property {number} minimumMemoryMiB
 * @property {number} chunkBytes
 * @property {number} agentProtocolVersion
 * @property {"metadata"} [firstStart] the image starts first by itself, from the metadata service; left out: through its agent
 */

/**
 * @param {ImageFacts} facts
 * @param {{ kernel: Uint8Array, bios: Uint8Array, vgaBios: Uint8Array }} parts
 * @param {{ bytes: number, chunks: (import("./pack.mjs").ChunkRecord | null)[] }} disk
 * @param {number[]} bootChunks indexes in the order in which a boot reads them
 * @param {Licence[]} licences
 */
export function makeManifest(facts, parts, disk, bootChunks, licences) {
  for (const index of bootChunks) {
    if (!disk.chunks[index])
      throw new ImageError("BadBootChunks", `chunk ${index} of the boot order is empty or outside the disk`);
  }
  const file = (/** @type {string} */ path, /** @type {Uint8Array} */ data) => ({
    path,
    sha256: sha256(data),
    bytes: data.length,
  });
  return {
    formatVersion: 1,
    name: facts.name,
    title: facts.title,
    version: facts.version,
    architecture: "i386",
    defaultUser: facts.defaultUser,
    kernel: file("bzImage", parts.kernel),
    bios: file("bios.bin", parts.bios),
    vgaBios: file("vgabios.bin", parts.vgaBios),
    commandLine: facts.commandLine,
    disk: { bytes: disk.bytes, chunkBytes: facts.chunkBytes, compression: "gzip", chunks: disk.chunks },
    bootChunks,
    minimumMemoryMiB: facts.minimumMemoryMiB,
    agent: { protocolVersion: facts.agentProtocolVersion },
    ...(facts.firstStart && { firstStart: facts.firstStart }),
    rootDevice: facts.rootDevice,
    licences,
  };
}
