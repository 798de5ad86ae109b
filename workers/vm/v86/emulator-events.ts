/** All are called while guest code runs: they must not throw, and must not call `save` or `restore`. */
export interface EmulatorEvents {
  /** The guest wrote to its serial port. */
  serialByte(byte: number): void;
  /** The guest asked its firmware to cut the power. The processor is halted. */
  powerOff(): void;
  /** The guest asked for a reset. The processor is halted until `boot`. */
  reset(): void;
  /** The processor halted with interrupts off: nothing will wake it. */
  halted(): void;
  /** v86 or a device threw. The processor is stopped. */
  failed(error: unknown): void;
}
