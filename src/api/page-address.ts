/** Where clients in the page come from, as security groups see them. */
export { PAGE_ADDRESS } from "../cloud/network/page-address.ts";
