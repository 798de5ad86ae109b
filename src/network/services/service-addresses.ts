/** Where EC2 answers in every VPC: metadata, DNS, time (EC2 User Guide; link-local, RFC 3927). */
export const METADATA_ADDRESS = 0xa9fea9fe;
export const DNS_ADDRESS = 0xa9fea9fd;
export const TIME_ADDRESS = 0xa9fea97b;

/** 169.254.0.0/16: never routed. */
export const isLinkLocal = (address: number): boolean => address >>> 16 === 0xa9fe;

/** 224.0.0.0/4, 240.0.0.0/4 and the broadcast address: for more than one, or for nobody. */
export const isMulticastOrReserved = (address: number): boolean => address >>> 28 >= 14;

export const DNS_PORT = 53;
export const NTP_PORT = 123;

export const BROADCAST_ADDRESS = 0xffffffff;

/** What nobody can have as an address: 0.0.0.0/8, 127.0.0.0/8, and those for more than one. */
export const isForNobody = (address: number): boolean =>
  address >>> 24 === 0 || address >>> 24 === 127 || isMulticastOrReserved(address);

/** RFC 1918, loopback and link-local: the world knows neither their names nor a way to them. */
export const isPrivate = (address: number): boolean =>
  address >>> 24 === 10 ||
  address >>> 24 === 127 ||
  address >>> 20 === 0xac1 ||
  address >>> 16 === 0xc0a8 ||
  isLinkLocal(address);
