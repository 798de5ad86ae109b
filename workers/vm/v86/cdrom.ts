import type { Medium } from "../devices/cdrom.ts";
import type { V86Cdrom, V86Cpu, V86Medium } from "./types.ts";

// Sense keys and codes (SPC-3 tables 27 and 28; MMC-3 annex A).
const MEDIUM_ERROR = 3;
const UNRECOVERED_READ_ERROR = 0x11;
const ILLEGAL_REQUEST = 5;
const ADDRESS_OUT_OF_RANGE = 0x21;
/** Bus master status (Programming Interface for Bus Master IDE Controller 1.0, §2.2). */
const DMA_ACTIVE = 1;
const DMA_ERROR = 2;

/** One command reads at most so much: Linux asks for 256 KiB, the BIOS for 64. Bounds our memory. */
const COMMAND_BYTES_MAX = 4 << 20;

/**
 * Puts a medium into v86's ATAPI drive. v86's buffers have no way to fail: what cannot be read is answered here, with
 * the drive's own sense data, and v86 never hears of it.
 */
export function insertCdrom(cpu: V86Cpu, medium: Medium): void {
  const { cdrom } = cpu.devices;
  const buffer: V86Medium = {
    byteLength: medium.sizeBytes,
    get(offset, length, deliver, { signal }) {
      if (offset < 0 || length > COMMAND_BYTES_MAX || offset + length > medium.sizeBytes) {
        // The command is still being set up: it must fail after it has begun.
        queueMicrotask(() => failCommand(cdrom, signal, ILLEGAL_REQUEST, ADDRESS_OUT_OF_RANGE));
        return;
      }
      medium.read(offset, length).then(
        // v86 itself forgets what comes for a command that a reset has ended.
        (data) => deliver(data),
        () => failCommand(cdrom, signal, MEDIUM_ERROR, UNRECOVERED_READ_ERROR),
      );
    },
    get_state: () => [],
    set_state: () => {},
  };
  cdrom.set_cdrom(buffer);
}

function failCommand(cdrom: V86Cdrom, signal: AbortSignal, senseKey: number, additionalSense: number): void {
  if (signal.aborted) return;
  for (const [id, abort] of cdrom.in_progress_io_ids) {
    if (abort.signal === signal) cdrom.in_progress_io_ids.delete(id);
  }
  const { channel } = cdrom;
  if ((channel.dma_status & DMA_ACTIVE) !== 0) channel.dma_status = (channel.dma_status & ~DMA_ACTIVE) | DMA_ERROR;
  cdrom.atapi_check_condition_response(senseKey, additionalSense);
  cdrom.push_irq();
}
