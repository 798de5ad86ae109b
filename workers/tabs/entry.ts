import { MeetingPlace } from "./meeting-place.ts";

/** The shared worker in which two tabs meet: one per meeting, its name is what the two agreed on. */
declare const self: SharedWorkerGlobalScope;

const place = new MeetingPlace(() => self.close());
self.onconnect = ({ ports: [port] }) => {
  if (port !== undefined) place.enter(port);
};
