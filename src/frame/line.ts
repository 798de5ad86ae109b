import { CloudError } from "../base/errors.ts";
import type { Asking, FrameRequest, Reply } from "./contract.ts";

/** Pieces asked for ahead of the reader, of some 64 KiB each: as many as are under way keep a connection busy. */
const AHEAD = 8;
/** The portal answers in milliseconds unless its thread is busy, or its page is gone. */
const ACCEPTED_WITHIN_MS = 10_000;

/** Nobody is at the other end any more; another line may do. */
export const LINE_LOST = "Frame.LineLost";

/**
 * Sends a request over a line to the portal; gives the guest's answer. Rejects with what failed there, with `Frame.LineLost`
 * when nobody has taken it, or with the signal's reason.
 */
export async function ask(
  line: MessagePort,
  request: Omit<FrameRequest, "reply">,
  signal: AbortSignal,
): Promise<Response> {
  const { port1: own, port2: reply } = new MessageChannel();
  const say = (asking: Asking) => own.postMessage(asking);
  signal.addEventListener("abort", () => say("given up"), { once: true });
  return await new Promise<Response>((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new CloudError(LINE_LOST, "The portal does not answer any more.")),
      ACCEPTED_WITHIN_MS,
    );
    let underWay = 0;
    let body: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | undefined;
    own.onmessage = ({ data }: MessageEvent<Reply>) => {
      switch (data.is) {
        case "accepted":
          return clearTimeout(timer);
        case "answer": {
          const stream = data.hasBody
            ? new ReadableStream<Uint8Array<ArrayBuffer>>(
                {
                  start: (controller) => {
                    body = controller;
                  },
                  pull: ({ desiredSize }) => {
                    for (; underWay < (desiredSize ?? 0); underWay++) say("more");
                  },
                  cancel: () => say("given up"),
                },
                { highWaterMark: AHEAD },
              )
            : null;
          const { status, statusText, headers } = data;
          return resolve(new Response(stream, { status, statusText, headers }));
        }
        case "piece":
          underWay--;
          return body?.enqueue(data.bytes);
        case "end":
          body?.close();
          return own.close();
        case "failed": {
          clearTimeout(timer);
          const error = new CloudError(data.error.code, data.error.message);
          body?.error(error);
          reject(error);
          own.close();
        }
      }
    };
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    line.postMessage({ ...request, reply }, [reply]);
  });
}
