/** The names of EC2's regions: all of them work, and each has resources of its own (F79). */
export { REGIONS } from "../cloud/regions.ts";
