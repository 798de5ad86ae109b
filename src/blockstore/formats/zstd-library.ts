import { CloudError } from "../../base/errors.ts";

/**
 * zstd itself, as @hpcc-js/wasm-zstd exports it from WebAssembly. Addresses are of its memory.
 *
 * The package's own class stands between, which copies every byte by way of a JavaScript array (a tenth of the speed)
 * and has one stream for all. So it is passed by; the package's version is fixed, and `loadZstd` checks what it finds.
 */
export interface ZstdLibrary {
  /** A new view whenever the memory has grown: not to be kept. */
  memory(): Uint8Array;
  malloc(bytes: number): number;
  free(address: number): void;
  /** Packs into one frame; gives its bytes, or an error. */
  compress(to: number, capacity: number, from: number, bytes: number, level: number): number;
  compressBound(bytes: number): number;
  isError(result: number): boolean;
  getErrorName(result: number): string;
  newStream(): ZstdStream;
}

export interface ZstdStream {
  reset(): void;
  /** Unpacks what there is; gives the bytes that came out. Does not say whether it failed. */
  decompressChunk(to: number, capacity: number, from: number, bytes: number): number;
  /** Frees it. */
  delete(): void;
}

let loading: Promise<ZstdLibrary> | undefined;

/** Loads the library: a quarter of a megabyte, only for those who need it. */
export function loadZstd(): Promise<ZstdLibrary> {
  loading ??= load().catch((thrown: unknown) => {
    // It may be the network: the next one tries again.
    loading = undefined;
    throw thrown;
  });
  return loading;
}

async function load(): Promise<ZstdLibrary> {
  let loaded: unknown;
  try {
    const { Zstd } = await import("@hpcc-js/wasm-zstd");
    loaded = await Zstd.load();
  } catch (thrown) {
    const message = "The part of the program that reads and writes zstd could not be loaded. Try again.";
    throw new CloudError("Image.CodecUnavailable", message, {}, thrown);
  }
  const { _zstdClass: zstd, _mainModule: main } = loaded as Internals;
  const wasm = main?._module;
  if (typeof zstd?.compress !== "function" || !(wasm?.HEAPU8 instanceof Uint8Array)) {
    throw new CloudError("InternalError", "@hpcc-js/wasm-zstd is not of the version that this was written for.");
  }
  return {
    memory: () => wasm.HEAPU8,
    malloc(bytes) {
      const address = zstd.malloc(bytes);
      if (address !== 0) return address;
      throw new CloudError(
        "Image.OutOfMemory",
        `zstd could not get ${bytes} bytes of memory. Close what is not needed.`,
      );
    },
    free: zstd.free,
    compress: zstd.compress,
    compressBound: zstd.compressBound,
    isError: (result) => Boolean(zstd.isError(result)),
    getErrorName: zstd.getErrorName,
    newStream: () => new zstd(),
  };
}

/** What is behind the class's private fields. */
interface Internals {
  readonly _zstdClass?: {
    new (): ZstdStream;
    malloc(bytes: number): number;
    free(address: number): void;
    compress: ZstdLibrary["compress"];
    compressBound(bytes: number): number;
    isError(result: number): number;
    getErrorName(result: number): string;
  };
  readonly _mainModule?: { readonly _module?: { readonly HEAPU8: Uint8Array } };
}
