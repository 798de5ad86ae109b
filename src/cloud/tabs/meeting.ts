import * as v from "valibot";
import { CloudError } from "../../base/errors.ts";
import { type Hello, helloSchema } from "../../protocol/tab-contract.ts";

/** What the WebWorker library does not declare: windows have it, on desktops. */
interface SharedWorkerHandle extends EventTarget {
  readonly port: MessagePort;
}
declare const SharedWorker: new (url: URL, options: { type: "module"; name: string }) => SharedWorkerHandle;

/** Browsers without shared workers (Chrome on Android) cannot bring two tabs together. */
export const canMeet = (): boolean => "SharedWorker" in globalThis && "BroadcastChannel" in globalThis;

/** Where followers of a cloud say at which place they wait for its owner. */
export const invitations = (cloud: string): BroadcastChannel => new BroadcastChannel(`tabvisor-tabs ${cloud}`);

/** Goes to a meeting place first, and leaves a hello there; `onError` when the worker cannot be loaded. */
export function leaveHello(place: string, hello: Hello, onError: (error: CloudError) => void): void {
  const worker = open(place);
  worker.addEventListener("error", () =>
    onError(
      new CloudError("Worker.LoadFailed", "A worker could not be loaded. Check that all files of the page are served."),
    ),
  );
  worker.port.postMessage(hello, [hello.calls, hello.updates]);
}

/** Takes the hello from a meeting place. What is none is passed over: it is from another build. */
export function takeHello(place: string, onHello: (hello: Hello) => void): void {
  const { port } = open(place);
  port.onmessage = ({ data }: MessageEvent<unknown>) => {
    port.postMessage("taken");
    port.close();
    const parsed = v.safeParse(helloSchema, data);
    if (parsed.success) onHello(parsed.output);
  };
}

function open(place: string): SharedWorkerHandle {
  return new SharedWorker(new URL("../../../workers/tabs/entry.ts", import.meta.url), {
    type: "module",
    name: `tabvisor meeting ${place}`,
  });
}
