/** A folder of the File System API in memory: what a bundle's reader and writer use of it. */
export class MemoryDirectory {
  readonly kind = "directory";
  readonly name = "bundle";
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #folders = new Map<string, MemoryDirectory>();
  /** The name of a file whose writing fails. */
  failing = "";

  /** As what it stands for. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  folder(name: string): MemoryDirectory {
    const folder = this.#folders.get(name);
    if (folder === undefined) throw new DOMException(`no ${name}`, "NotFoundError");
    return folder;
  }

  async getDirectoryHandle(name: string, { create = false } = {}): Promise<MemoryDirectory> {
    if (create && !this.#folders.has(name)) this.#folders.set(name, new MemoryDirectory());
    return this.folder(name);
  }

  async removeEntry(name: string): Promise<void> {
    if (!this.files.delete(name)) throw new DOMException(`no ${name}`, "NotFoundError");
  }

  async getFileHandle(name: string, { create = false } = {}) {
    if (!create && !this.files.has(name)) throw new DOMException(`no ${name}`, "NotFoundError");
    return {
      getFile: async () => new Blob([this.files.get(name) as Uint8Array<ArrayBuffer>]),
      createWritable: async () => ({
        write: async (content: Uint8Array<ArrayBuffer>) => {
          if (name === this.failing) throw new DOMException("full", "QuotaExceededError");
          this.files.set(name, content.slice());
        },
        close: async () => {},
        abort: async () => {},
      }),
    };
  }
}
