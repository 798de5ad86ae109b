import type { ImageFile } from "../../src/protocol/image-manifest.ts";
import { type LinuxKernel, parseBzImage } from "./v86/bzimage.ts";

/** Keeps the last kernel unpacked: the one that was fetched ahead is the one that is booted. */
export class KernelCache {
  #sha256 = "";
  #kernel: Promise<LinuxKernel> | undefined;

  /** The kernel in `file`, whose verified bytes `load` gives. A failure is not kept. */
  async get(file: ImageFile, load: (file: ImageFile) => Promise<Uint8Array>): Promise<LinuxKernel> {
    if (this.#kernel !== undefined && this.#sha256 === file.sha256) return await this.#kernel;
    const kernel = load(file).then(parseBzImage);
    this.#sha256 = file.sha256;
    this.#kernel = kernel;
    try {
      return await kernel;
    } catch (error) {
      if (this.#kernel === kernel) this.#kernel = undefined;
      throw error;
    }
  }
}
