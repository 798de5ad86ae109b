import { METADATA_ADDRESS } from "../services/service-addresses.ts";
import type { TcpService } from "../services/service-stacks.ts";
import type { MetadataModel } from "./model.ts";
import type { MetadataService } from "./service.ts";

/** HTTP (RFC 9110 §4.2.1). */
const PORT = 80;

/** The metadata service at its address. `instanceOf`: what is known of the instance that an interface belongs to, at each request. */
export const metadataEndpoint = (
  service: MetadataService,
  instanceOf: (interfaceId: string) => MetadataModel | undefined,
): TcpService => ({
  port: PORT,
  isAt: (address) => address === METADATA_ADDRESS,
  serve: (socket, interfaceId) => service.serve(socket, () => instanceOf(interfaceId)),
});
