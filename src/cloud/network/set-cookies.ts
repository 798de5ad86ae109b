export { setCookiesOf } from "../../network/http/set-cookies.ts";
