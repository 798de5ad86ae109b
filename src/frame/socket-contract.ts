import * as v from "valibot";

/**
 * What a guest's page and the portal say to each other about a WebSocket, over a port of its own. The page's end is in the
 * guest's hands: it says what messages are to be sent to that guest's port, and gets what comes; frames, masks and the
 * handshake are the portal's.
 */

/** RFC 9110 §5.6.2. */
const token = v.pipe(v.string(), v.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/));

/** Over the frame's line: it is to be opened. */
export const socketSchema = v.object({
  socket: v.pipe(v.string(), v.startsWith("/"), v.maxLength(16_384)),
  protocols: v.pipe(v.array(token), v.maxLength(16)),
  reply: v.instance(MessagePort),
});
export type SocketRequest = v.InferOutput<typeof socketSchema>;

/** From the page. `took`: bytes of messages that it has had. */
export const fromPageSchema = v.variant("say", [
  v.object({ say: v.literal("send"), data: v.union([v.string(), v.instance(ArrayBuffer)]) }),
  v.object({ say: v.literal("took"), bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(0)) }),
  v.object({
    say: v.literal("close"),
    code: v.optional(v.pipe(v.number(), v.safeInteger())),
    reason: v.optional(v.pipe(v.string(), v.maxLength(123))),
  }),
]);
export type FromPage = v.InferOutput<typeof fromPageSchema>;

/** To the page. `sent`: its oldest message is on its way. `problem`: why it was not opened, or is lost. */
export type ToPage =
  | { readonly is: "open"; readonly protocol: string }
  | { readonly is: "message"; readonly data: string | ArrayBuffer; readonly bytes: number }
  | { readonly is: "sent" }
  | {
      readonly is: "closed";
      readonly code: number;
      readonly reason: string;
      readonly wasClean: boolean;
      readonly problem: string | null;
    };
