// The recipe of the marketplace image `python-notebook`.
import { buildDebian } from "../recipe/debian.mjs";

export { EPOCH } from "../recipe/debian.mjs";

/** @type {import("../recipe/debian.mjs").DebianImage} */
export const image = {
  directory: import.meta.dirname,
  name: "python-notebook",
  title: "Python notebook (Debian 12)",
  version: "1.0.0",
  packages: ["python3"],
  diskMiB: 512,
  minimumMemoryMiB: 128,
  uuid: "74616276-6973-4f72-8000-6d61726b0002",
};

/** @param {import("../recipe/run.mjs").Build} build */
export const build = (build) => buildDebian(image, build);
