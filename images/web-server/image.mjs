// The recipe of the marketplace image `web-server`.
import { buildDebian } from "../recipe/debian.mjs";

export { EPOCH } from "../recipe/debian.mjs";

/** @type {import("../recipe/debian.mjs").DebianImage} */
export const image = {
  directory: import.meta.dirname,
  name: "web-server",
  title: "Web server (nginx on Debian 12)",
  version: "1.0.0",
  packages: ["nginx"],
  diskMiB: 512,
  minimumMemoryMiB: 128,
  uuid: "74616276-6973-4f72-8000-6d61726b0001",
};

/** @param {import("../recipe/run.mjs").Build} build */
export const build = (build) => buildDebian(image, build);
