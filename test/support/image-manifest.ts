import type { ImageManifest } from "../../src/protocol/image-manifest.ts";

const file = (path: string, digit: string) => ({ path, sha256: digit.repeat(64), bytes: 1000 });

/** A well-formed manifest of a 1 MiB image, new at every call. */
export function imageManifest(): ImageManifest {
  return {
    formatVersion: 1,
    name: "tiny",
    title: "Tiny",
    version: "1",
    architecture: "i386",
    defaultUser: "ec2-user",
    kernel: file("bzImage", "1"),
    bios: file("bios.bin", "2"),
    vgaBios: file("vgabios.bin", "3"),
    commandLine: "quiet root=/dev/vda",
    disk: {
      bytes: 1 << 20,
      chunkBytes: 1 << 18,
      compression: "gzip",
      chunks: [{ sha256: "a".repeat(64), bytes: 10 }, null, { sha256: "b".repeat(64), bytes: 20 }, null],
    },
    bootChunks: [2, 0],
    minimumMemoryMiB: 32,
    agent: { protocolVersion: 1 },
    rootDevice: "/dev/vda",
    licences: [],
  };
}
