import type * as net from "node:net";
import type { HttpConnection } from "../../src/network/http/message.ts";

/** A socket of Node's as a connection of ours. */
export function connectionOf(socket: net.Socket): HttpConnection {
  return {
    readable: new ReadableStream({
      start: (controller) => {
        socket.on("data", (data: Buffer) => controller.enqueue(new Uint8Array(data)));
        socket.on("end", () => controller.close());
        socket.on("error", (error) => controller.error(error));
      },
      cancel: () => {
        socket.removeAllListeners("data").removeAllListeners("end").resume();
      },
    }),
    writable: new WritableStream({
      write: (chunk: Uint8Array) =>
        new Promise((resolve, reject) => socket.write(chunk, (error) => (error ? reject(error) : resolve()))),
      close: () => new Promise((resolve) => socket.end(resolve)),
    }),
    abort: (error) => socket.destroy(error),
  };
}
