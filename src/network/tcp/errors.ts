import { CloudError } from "../../base/errors.ts";
import { formatAddress } from "../addresses.ts";
import type { Endpoint } from "./segment.ts";

const name = ({ address, port }: Endpoint) => `${formatAddress(address)}:${port}`;

export const refused = (remote: Endpoint) =>
  new CloudError("Network.ConnectionRefused", `Nothing listens at ${name(remote)}.`, { remote: name(remote) });

export const reset = (remote: Endpoint) =>
  new CloudError("Network.ConnectionReset", `${name(remote)} has reset the connection.`, { remote: name(remote) });

export const timedOut = (remote: Endpoint) =>
  new CloudError(
    "Network.ConnectionTimedOut",
    `${name(remote)} does not answer: it is down, or a security group, network ACL or route keeps the packets from it.`,
    { remote: name(remote) },
  );

export const unread = () =>
  new CloudError("Network.ConnectionReset", "Data came after this side had closed the connection; nobody reads it.");
