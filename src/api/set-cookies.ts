/** The fields that a `Response` does not have in a browser. */
export { setCookiesOf } from "../cloud/network/set-cookies.ts";
