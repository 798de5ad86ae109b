import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Outside } from "../../src/network/egress/outside.ts";
import { Network } from "../../src/network/network.ts";
import { dnsOverTcp } from "../../src/network/services/dns-over-tcp.ts";
import { ServiceStacks } from "../../src/network/services/service-stacks.ts";
import { announceReady } from "../../src/protocol/handshake.ts";
import { networkContract } from "../../src/protocol/network-contract.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { laterBy } from "./later.ts";
import { Metadata } from "./metadata.ts";
import { NetworkService } from "./network-service.ts";
import { Observers } from "./observers.ts";
import { PageConnections } from "./page-connections.ts";
import { waysOut } from "./ways-out.ts";

/** The worker of a cloud's network. */
const common = { clock: systemClock, random: systemRandom };
const metadata = new Metadata(common);
const resolver = dnsOverTcp((id, message) => network.answerDns(id, message), systemClock);
const services = new ServiceStacks({
  ...common,
  services: [metadata.endpoint, resolver],
  send: (id, frame) => network.sendFromService(id, frame),
});
const outside = new Outside({ ...common, send: (frame) => network.receiveFromOutside(frame) });
const network: Network = new Network({
  ...common,
  services,
  outside,
  resolveOutside: outside.resolve,
  later: laterBy(new MessageChannel()),
});
const connections = new PageConnections(outside);
const observers = new Observers(network, systemClock);
const { implementation } = new NetworkService(network, metadata, services);
serve(networkContract, {
  ...implementation,
  configure: async (model) => {
    await implementation.configure(model);
    connections.networkChanged();
  },
  flowLog: (id) => observers.flowLog(id),
  incidents: (id) => observers.incidents(id),
  followFlowLog: (id, port) => observers.followFlowLog(id, port),
  capture: (id, options, port) => observers.capture(id, options, port),
  connect: (request) => connections.connect(request),
  setUp: ({ identity, ...ways }) => {
    metadata.signWith(identity);
    outside.configure(waysOut(ways));
  },
});
announceReady();
