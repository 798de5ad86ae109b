import { systemClock } from "../../src/base/clock.ts";
import type { EgressOptions } from "../../src/network/egress/outside.ts";
import { WispRelay } from "../../src/network/egress/wisp-relay.ts";
import type { NetworkSetup } from "../../src/protocol/network-contract.ts";

/** How packets leave for the real Internet: by a relay where there is one, else HTTP by this worker's `fetch`. */
export function waysOut({ wispUrl, wispLocal, dnsOverHttpsUrl }: Omit<NetworkSetup, "identity">): EgressOptions {
  return {
    ...(dnsOverHttpsUrl !== undefined && { dnsOverHttpsUrl }),
    ...(wispUrl === undefined
      ? {
          http: {
            fetch: (input, init) => fetch(input, init),
            onlyHttps: location.protocol === "https:",
            ownOrigin: location.origin,
          },
        }
      : {
          ...(wispLocal !== undefined && { relayLocal: wispLocal }),
          relay: new WispRelay({ url: wispUrl, clock: systemClock, openSocket: (url) => new WebSocket(url) }),
        }),
  };
}
