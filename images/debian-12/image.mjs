// The recipe of the image `debian-12`: a plain Debian server.
import { buildDebian } from "../recipe/debian.mjs";

export { EPOCH } from "../recipe/debian.mjs";

/** @type {import("../recipe/debian.mjs").DebianImage} */
export const image = {
  directory: import.meta.dirname,
  name: "debian-12",
  title: "Debian 12 (bookworm)",
  version: "12.1.0",
  packages: [
    ...["python3", "cloud-guest-utils", "fdisk", "wget", "openssh-client", "iputils-ping", "dialog", "xz-utils"],
    ...["bash-completion", "lsof", "psmisc", "file", "rsync", "tmux", "cloud-init"],
  ],
  diskMiB: 1024,
  minimumMemoryMiB: 128,
  uuid: "74616276-6973-4f72-8000-646562690012",
  firstStart: "metadata",
};

/** @param {import("../recipe/run.mjs").Build} build */
export const build = (build) => buildDebian(image, build);
