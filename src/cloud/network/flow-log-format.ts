export { FLOW_LOG_FORMAT, formatFlowLogRecord } from "../../network/flow-log/flow-record.ts";
