/** Flow log records as EC2 writes them: the names of its default format's fields, and a record as a line of text. */
export { FLOW_LOG_FORMAT, formatFlowLogRecord } from "../cloud/network/flow-log-format.ts";
