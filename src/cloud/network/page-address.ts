export { PAGE_ADDRESS } from "../../network/model.ts";
