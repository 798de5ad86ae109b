import { createTarPacker } from "modern-tar";
import type { Bytes } from "../formats/source.ts";

/** Where a bundle is written to. */
export interface BundleTarget {
  /** Resolves when there is room for more. */
  add(path: string, content: Bytes): Promise<void>;
  end(): Promise<void>;
}

/** A tar file (POSIX.1-1988, ustar), written into `write`, which resolves when it takes more. */
export function tarTarget(write: (chunk: Bytes) => Promise<void>): BundleTarget {
  const { readable, controller } = createTarPacker();
  let failure: unknown;
  const written = pump(readable, write).catch((thrown: unknown) => {
    failure = thrown;
    controller.error(thrown);
  });
  // The packer only says that it was stopped; why, `write` has said.
  const orFailure = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (thrown) {
      throw failure ?? thrown;
    }
    if (failure !== undefined) throw failure;
  };
  return {
    add: (path, content) =>
      orFailure(async () => {
        const header = { name: path, size: content.byteLength, mode: 0o644, uid: 0, gid: 0 };
        const writer = controller.add(header).getWriter();
        if (content.byteLength > 0) await writer.write(content);
        await writer.close();
      }),
    end: () =>
      orFailure(async () => {
        controller.finalize();
        await written;
      }),
  };
}

async function pump(readable: ReadableStream<Bytes>, write: (chunk: Bytes) => Promise<void>): Promise<void> {
  const reader = readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await write(value);
  }
}

/** Files in a folder. What is there under the same name is replaced. */
export function directoryTarget(directory: FileSystemDirectoryHandle): BundleTarget {
  return {
    async add(path, content) {
      const parts = path.split("/");
      const name = parts.pop() as string;
      let folder = directory;
      for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
      const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
      try {
        await file.write(content);
      } catch (thrown) {
        await file.abort();
        throw thrown;
      }
      await file.close();
    },
    end: () => Promise.resolve(),
  };
}
