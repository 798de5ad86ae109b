import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Outside } from "../../src/network/egress/outside.ts";
import { Network } from "../../src/network/network.ts";
import { announceReady } from "../../src/protocol/handshake.ts";
import { networkContract } from "../../src/protocol/network-contract.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { laterBy } from "./later.ts";
import { NetworkService } from "./network-service.ts";
import { PageConnections } from "./page-connections.ts";

/** The worker of a cloud's network. */
const clock = systemClock;
const random = systemRandom;
const outside = new Outside({ clock, random, send: (frame) => network.receiveFromOutside(frame) });
const network: Network = new Network({
  clock,
  random,
  outside,
  resolveOutside: outside.resolve,
  later: laterBy(new MessageChannel()),
});
const connections = new PageConnections(outside);
const { implementation } = new NetworkService(network);
serve(networkContract, { ...implementation, connect: (request) => connections.connect(request) });
announceReady();
