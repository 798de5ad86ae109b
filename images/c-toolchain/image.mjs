// The recipe of the marketplace image `c-toolchain`.
import { buildDebian } from "../recipe/debian.mjs";

export { EPOCH } from "../recipe/debian.mjs";

/** @type {import("../recipe/debian.mjs").DebianImage} */
export const image = {
  directory: import.meta.dirname,
  name: "c-toolchain",
  title: "C toolchain (gcc and tcc on Debian 12)",
  version: "1.0.0",
  packages: ["gcc", "libc6-dev", "make", "tcc", "busybox"],
  diskMiB: 1024,
  minimumMemoryMiB: 128,
  uuid: "74616276-6973-4f72-8000-6d61726b0003",
};

/** @param {import("../recipe/run.mjs").Build} build */
export const build = (build) => buildDebian(image, build);
