import { systemClock } from "../../src/base/clock.ts";
import { systemRandom } from "../../src/base/random.ts";
import { Network } from "../../src/network/network.ts";
import { announceReady } from "../../src/protocol/handshake.ts";
import { networkContract } from "../../src/protocol/network-contract.ts";
import { serve } from "../../src/protocol/rpc.ts";
import { laterBy } from "./later.ts";
import { NetworkService } from "./network-service.ts";

/** The worker of a cloud's network. */
const network = new Network({ clock: systemClock, random: systemRandom, later: laterBy(new MessageChannel()) });
serve(networkContract, new NetworkService(network).implementation);
announceReady();
