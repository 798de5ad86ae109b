import * as v from "valibot";

/**
 * What portal, frame's page and service worker say to each other. The last two are of the guest's origin, and the guest's
 * own scripts can speak in their place: the portal takes nothing from them but HTTP requests to that guest's port, and
 * what it shows of them is text.
 */

const port = v.instance(MessagePort);
/** Without the stack and the details that errors between our own threads have: the guest's scripts read it, too. */
const told = v.object({ code: v.pipe(v.string(), v.maxLength(100)), message: v.pipe(v.string(), v.maxLength(2000)) });
export type Told = v.InferOutput<typeof told>;
/** Servers take 8 to 16 KiB of an address (RFC 9110 §4.1 wants 8000 characters at least). */
const path = v.pipe(v.string(), v.startsWith("/"), v.maxLength(16_384));
/** A browser's request has some twenty fields; servers refuse more than 64 KiB of them. */
const headers = v.pipe(
  v.array(v.tuple([v.pipe(v.string(), v.maxLength(256)), v.pipe(v.string(), v.maxLength(65_536))])),
  v.maxLength(256),
);

/** Window message, the frame's page to its portal: it is there. */
export const READY = "tabvisor-frame-ready";

/** Window message, the portal to the frame's page; the control port comes with it. */
export const welcomeSchema = v.object({ tabvisorFrame: v.literal("open"), path });
export type Welcome = v.InferOutput<typeof welcomeSchema>;

/** Over the control port, from the portal. */
export const fromPortalSchema = v.variant("do", [
  v.object({ do: v.literal("open"), path }),
  v.object({ do: v.picklist(["reload", "back", "forward"]) }),
]);
export type FromPortal = v.InferOutput<typeof fromPortalSchema>;

/** Over the control port, to the portal. `serve`: requests come over this port. `at`: what the frame shows now. */
export const toPortalSchema = v.variant("what", [
  v.object({ what: v.literal("serve"), port }),
  v.object({
    what: v.literal("at"),
    path,
    title: v.pipe(
      v.string(),
      v.transform((text) => text.slice(0, 200)),
    ),
    back: v.boolean(),
    forward: v.boolean(),
  }),
  v.object({ what: v.literal("failed"), error: told }),
]);
export type ToPortal = v.InferOutput<typeof toPortalSchema>;

/** What a frame tells that shows another site than its guest's. */
export const ELSEWHERE = "Frame.Elsewhere";

/** Service worker to frame's page, which answers with a port that the portal serves. */
export const LINE_WANTED = "tabvisor-line-wanted";

/** A request of the guest's pages; everything else about it goes over `reply`. */
export const requestSchema = v.object({
  method: v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/)),
  path,
  headers,
  body: v.nullable(v.instance(Blob)),
  /** It is for a whole page, whose failure the portal tells of. */
  isPage: v.boolean(),
  reply: port,
});
export type FrameRequest = v.InferOutput<typeof requestSchema>;

/** To the portal over `reply`: one more piece of the answer's body may come; or nobody waits for it any more. */
export type Asking = "more" | "given up";

/** From the portal over `reply`: at once that it has the request, then its answer, then as many pieces as are asked for. */
export type Reply =
  | { readonly is: "accepted" }
  | {
      readonly is: "answer";
      readonly status: number;
      readonly statusText: string;
      readonly headers: [string, string][];
      readonly hasBody: boolean;
    }
  | { readonly is: "piece"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly is: "end" }
  | { readonly is: "failed"; readonly error: Told };
